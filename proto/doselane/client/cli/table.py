"""The commands that are derived from the protos: words, call, an example of what follows, and the columns of a list."""

from doselane.client.cli.deriving import DerivedCommand as Derived

_SLOTTING = "doselane.slotting.v1.SlottingService"
_STATUS = "doselane.status.v1.StatusService"
_CAPACITY = "doselane.capacity.v1.CapacityService"
_QUALITY = "doselane.quality.v1.QualityService"
_DISTRIBUTION = "doselane.distribution.v1.DistributionService"
_TOWER = "doselane.tower.v1.TowerService"
_EXCHANGE = "doselane.exchange.v1.ExchangeService"
_FEED = "doselane.streams.v1.FeedService"
_ENDPOINTS = "doselane.streams.v1.EndpointService"
_CLOCK = "doselane.clock.v1.ClockService"

_WANTED = (
    "--run lu-4711 --site lakeside-clinic --administration-activity-mbq 7400"
    " --administration-time 2026-12-03T09:00:00Z --order-reference NL-0042"
)
_SOUGHT = "--product lu-ligand --site lakeside-clinic"
_DAYS = "--from 2026-12-01T00:00:00Z --until 2026-12-08T00:00:00Z"
_ID = "0192f0c4-7b1e-7c52-9a63-0d5e2f8b1a77"
_TYPES = "--types 'doselane.slotting.*'"
_SPAN = {"start_time": "from", "end_time": "until"}

OFFERS = (
    "run lane departureTime deliveryInterval.endTime administrationTime administrationActivityMbq"
    " activityLostPerHourMbq slackMinutes lastClaimTime"
)
OFFER_NAMES = {
    "administration_interval.start_time": "from",
    "administration_interval.end_time": "until",
    "runs": "run",
    "lanes": "lane",
}
SLOTS = "name state atRisk orderReference run site administration.time holdUntilTime"
STANDBYS = "name state demand.run demand.orderReference slot answerUntilTime"
RUNS = "name state product endOfSynthesisTime claimCutoffTime useByTime"
DOSES = "name slotState atRisk orderReference site administration.time shipment.state"
ENTRIES = "name eventTime recordTime summary plausibility"
BATCHES = "name state product run endOfSynthesisTime expireTime"
VIALS = "name slot fillTime volumeUl administration.activityMbq surplusTime"
SHIPMENTS = "name state courier site departureTime promisedDeliveryTime expectedDeliveryTime"
MILESTONES = "name recordTime milestone.kind milestone.time milestone.code implausibility.reason"
BOARD = "name verdict rescueUntilTime orderReference site administration.time hazards.kind"
LADDERS = "name product partner steps.leftPercent createTime etag"
INCIDENTS = "name kind severity state subject deadlineTime openTime"
MESSAGES = "name state port account source receiveTime reason detail"
DELIVERIES = "name state port account reaction subject attempts giveUpTime detail"
REPLAYS = "name state account totalCount acceptedCount refusedCount repeatedCount failedCount"
EVENTS = "position recordTime type subject sequence"
ENDPOINTS = "name state url types position waitingSubjects stateDetail"
ATTEMPTS = "name sendTime type subject cause number delivered status fault nextTryTime"
PARKED = "name parkTime type subject position lastPosition reason detail"
ACCOUNTS = "name partner port adapter state detail"

COMMANDS = (
    Derived("offers search", f"{_SLOTTING}/SearchOffers", f"{_SOUGHT} {_DAYS}", OFFERS, names=OFFER_NAMES),
    Derived("slots claim", f"{_SLOTTING}/ClaimSlot", _WANTED),
    Derived("slots hold", f"{_SLOTTING}/HoldSlot", f"{_WANTED} --hold-minutes 15"),
    Derived("slots confirm", f"{_SLOTTING}/ConfirmSlot", _ID),
    Derived("slots release", f"{_SLOTTING}/ReleaseSlot", f'{_ID} --reason "The centre is closed."'),
    Derived("slots move", f"{_SLOTTING}/MoveSlot", f"{_ID} --run lu-4712"),
    Derived("slots get", f"{_SLOTTING}/GetSlot", _ID),
    Derived("slots list", f"{_SLOTTING}/ListSlots", "--limit 100 --json", SLOTS),
    Derived("standbys join", f"{_SLOTTING}/JoinStandby", _WANTED),
    Derived("standbys leave", f"{_SLOTTING}/LeaveStandby", _ID),
    Derived("standbys get", f"{_SLOTTING}/GetStandby", _ID),
    Derived("standbys list", f"{_SLOTTING}/ListStandbys", "--states WAITING", STANDBYS),
    Derived("runs list", f"{_CAPACITY}/ListRuns", "--limit 0", RUNS),
    Derived("runs get", f"{_CAPACITY}/GetRun", "lu-4711"),
    Derived("runs availability", f"{_SLOTTING}/GetAvailability", "lu-4711"),
    Derived("dose get", f"{_STATUS}/GetDose", _ID),
    Derived("dose list", f"{_STATUS}/ListDoses", "--order-reference NL-0042", DOSES),
    Derived("dose timeline", f"{_STATUS}/ListTimelineEntries", _ID, ENTRIES),
    Derived("batches list", f"{_QUALITY}/ListBatches", "--states IN_QC", BATCHES),
    Derived("batches get", f"{_QUALITY}/GetBatch", "LU-2026-0042"),
    Derived("batches vials", f"{_QUALITY}/ListVials", "LU-2026-0042", VIALS, argument="batch"),
    Derived("board list", f"{_TOWER}/ListBoardEntries", "--verdicts DOSE_VERDICT_AT_RISK", BOARD),
    Derived("board get", f"{_TOWER}/GetBoardEntry", _ID),
    Derived("incidents list", f"{_TOWER}/ListIncidents", "--states OPEN", INCIDENTS),
    Derived("incidents get", f"{_TOWER}/GetIncident", _ID),
    Derived("incidents acknowledge", f"{_TOWER}/AcknowledgeIncident", _ID),
    Derived("incidents resolve", f"{_TOWER}/ResolveIncident", f'{_ID} --reason "The logger was outside of the box."'),
    Derived("ladders list", f"{_TOWER}/ListEscalationLadders", "--json", LADDERS),
    Derived("ladders get", f"{_TOWER}/GetEscalationLadder", _ID),
    Derived("ladders remove", f"{_TOWER}/WithdrawEscalationLadder", f'{_ID} --reason "Another desk is called."'),
    Derived("shipments list", f"{_DISTRIBUTION}/ListShipments", "--run lu-4711", SHIPMENTS),
    Derived("shipments get", f"{_DISTRIBUTION}/GetShipment", _ID),
    Derived("shipments milestones", f"{_DISTRIBUTION}/ListMilestones", _ID, MILESTONES),
    Derived("exchange messages", f"{_EXCHANGE}/ListMessages", "--states REFUSED", MESSAGES, names=_SPAN),
    Derived("exchange message", f"{_EXCHANGE}/GetMessage", _ID),
    Derived("exchange reread", f"{_EXCHANGE}/ReplayMessage", _ID),
    Derived("exchange translate", f"{_EXCHANGE}/TranslateMessage", f"--message {_ID} --account swift-ups"),
    Derived("exchange deliveries", f"{_EXCHANGE}/ListDeliveries", "--states PARKED", DELIVERIES),
    Derived("exchange delivery", f"{_EXCHANGE}/GetDelivery", _ID),
    Derived("exchange resend", f"{_EXCHANGE}/ReplayDelivery", _ID),
    Derived("replay create", f"{_EXCHANGE}/CreateReplay", f"--account swift-ups {_DAYS} --states REFUSED", names=_SPAN),
    Derived("replay get", f"{_EXCHANGE}/GetReplay", _ID),
    Derived("replay list", f"{_EXCHANGE}/ListReplays", "--json", REPLAYS),
    Derived("replay cancel", f"{_EXCHANGE}/CancelReplay", _ID),
    Derived("events list", f"{_FEED}/ListFeedEvents", "- --first-position 17 --last-position 19", EVENTS, names=_SPAN),
    Derived("events feed", f"{_FEED}/GetFeed", "-"),
    Derived("endpoints create", f"{_ENDPOINTS}/CreateEndpoint", f"--url https://hooks.northlake.example/in {_TYPES}"),
    Derived("endpoints list", f"{_ENDPOINTS}/ListEndpoints", "--json", ENDPOINTS),
    Derived("endpoints get", f"{_ENDPOINTS}/GetEndpoint", _ID),
    Derived("endpoints update", f"{_ENDPOINTS}/UpdateEndpoint", f"{_ID} --description 'orders' {_TYPES}"),
    Derived("endpoints test", f"{_ENDPOINTS}/TestEndpoint", f"{_ID} --type doselane.slotting.slot.released.v1"),
    Derived("endpoints rotate", f"{_ENDPOINTS}/RotateSecret", f"{_ID} --overlap 86400s"),
    Derived("endpoints attempts", f"{_ENDPOINTS}/ListDeliveryAttempts", f"{_ID} --failed-only", ATTEMPTS),
    Derived("endpoints parked", f"{_ENDPOINTS}/ListParkedEvents", _ID, PARKED),
    Derived("endpoints resend", f"{_ENDPOINTS}/ResendEvent", f"{_ID} --event-id {_ID}"),
    Derived("endpoints recover", f"{_ENDPOINTS}/RecoverEndpoint", f"{_ID} {_DAYS}", names=_SPAN),
    Derived("endpoints enable", f"{_ENDPOINTS}/EnableEndpoint", _ID),
    Derived("endpoints disable", f"{_ENDPOINTS}/DisableEndpoint", _ID),
    Derived("endpoints delete", f"{_ENDPOINTS}/DeleteEndpoint", _ID),
    Derived("connect accounts", f"{_EXCHANGE}/ListAccounts", "--port erp", ACCOUNTS),
    Derived("clock get", f"{_CLOCK}/GetClock", "--json"),
    Derived("clock advance", f"{_CLOCK}/AdvanceClock", "--by 7200s"),
)  # fmt: skip
