"""Lists: filtered, in pages, by name."""

from typing import Any

from doselane.masterdata.v1 import masterdata_pb2
from doselane.type.v1 import type_pb2

from tests.integration.masterdata.conftest import House
from tests.support.masterdata import (
    HARBOR,
    LAKESIDE,
    LINE_1,
    NORTH,
    NORTH_LAKESIDE,
    NORTHLAKE,
    a_lane,
    a_product,
    a_site,
    an_agreement,
)


async def test_lists_are_filtered_and_paged_by_name(house: House) -> None:
    await house.world()
    for number in range(5):
        await house.create(a_site(name=f"sites/s{number}"))
    await house.create(a_site(name="sites/t0", region="eu-north"))
    await house.create(a_lane(name="lanes/other", site="sites/s1", facility=""))
    await house.create(a_product(name="products/tb", nuclide=type_pb2.NUCLIDE_TB_161))
    await house.create(an_agreement(name="agreements/harbor", partner=HARBOR))

    names, token = [], ""
    while True:
        page = await house.call("ListSites", masterdata_pb2.ListSitesRequest(page_size=2, page_token=token))
        names += [site.name for site in page.sites]
        if not (token := page.next_page_token):
            break
    assert names == [LAKESIDE, "sites/s0", "sites/s1", "sites/s2", "sites/s3", "sites/s4", "sites/t0"]

    async def listed(method: str, request: Any) -> list[str]:
        answer = await house.call(method, request)
        [found] = [value for field, value in answer.ListFields() if field.is_repeated] or [[]]
        return [each.name for each in found]

    m = masterdata_pb2
    assert await listed("ListSites", m.ListSitesRequest(region="eu-north")) == ["sites/t0"]
    assert await listed("ListSites", m.ListSitesRequest(region="eu")) == []
    assert await listed("ListLanes", m.ListLanesRequest(site="sites/s1")) == ["lanes/other"]
    assert await listed("ListLanes", m.ListLanesRequest(facility=NORTH)) == [NORTH_LAKESIDE]
    assert await listed("ListLanes", m.ListLanesRequest(facility=NORTH, site="sites/s1")) == []
    assert await listed("ListProducts", m.ListProductsRequest(nuclide=type_pb2.NUCLIDE_TB_161)) == ["products/tb"]
    assert await listed("ListAgreements", m.ListAgreementsRequest(partner=HARBOR)) == ["agreements/harbor"]
    assert await listed("ListAgreements", m.ListAgreementsRequest(product="products/tb")) == []
    assert await listed("ListLines", m.ListLinesRequest(parent="facilities/-")) == [LINE_1]
    assert await listed("ListLines", m.ListLinesRequest(parent=NORTH, product="products/tb")) == []
    assert await listed("ListLines", m.ListLinesRequest(parent="facilities/other")) == []


async def test_a_page_token_is_good_for_its_own_query_only(house: House) -> None:
    for number in range(2):
        await house.create(a_site(name=f"sites/s{number}"))
        await house.create(a_product(name=f"products/p{number}"))
    token = (await house.call("ListSites", masterdata_pb2.ListSitesRequest(page_size=1))).next_page_token
    for method, request, who in (
        ("ListProducts", masterdata_pb2.ListProductsRequest(page_token=token), "partners/cdmo"),
        ("ListSites", masterdata_pb2.ListSitesRequest(page_token=token), NORTHLAKE),
    ):
        assert (await house.refusal(method, request, who)).facts["field"] == "page_token"
