"""The documentation's five ways to verify a webhook, each by its own language's runtime on the same webhooks."""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.guides import PAGE, of_language

GUIDE = PAGE["verifying-a-signature"]
KEY, OTHER = b"doselane-test-key-of-32-bytes---", b"another-test-key-of-32-bytes----"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
BODY = '{"type": "doselane.slotting.slot.confirmed.v1", "text": "naïve 放射"}'.encode()
ID = "0198c0de-7a3b-7000-8000-000000000001"


@dataclass(frozen=True)
class Case:
    """A webhook, and whether it is to be believed."""

    what: str
    headers: dict[str, str]
    good: bool
    body: bytes = BODY


def signature(key: bytes, sent_at: int, body: bytes = BODY) -> str:
    signed = f"{ID}.{sent_at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def cases() -> list[Case]:
    now = int(time.time())

    def headers(given: str, sent_at: int | str = now) -> dict[str, str]:
        return {"webhook-id": ID, "webhook-timestamp": str(sent_at), "webhook-signature": given}

    good = signature(KEY, now)
    return [
        Case("as it was sent", headers(good), True),
        Case("with two keys", headers(f"{signature(OTHER, now)} {good}"), True),
        Case("beside one of another kind", headers(f"v1a,{good[3:]} {good}"), True),
        Case("with another key", headers(signature(OTHER, now)), False),
        Case("another body", headers(good), False, BODY + b" "),
        Case("another id", {**headers(good), "webhook-id": "another"}, False),
        Case("another time", headers(good, now + 1), False),
        Case("of long ago", headers(signature(KEY, now - 3600), now - 3600), False),
        Case("of the future", headers(signature(KEY, now + 3600), now + 3600), False),
        Case("no time", headers(good, "soon"), False),
        Case("no signature", headers(""), False),
        Case("cut off", headers(good[:-4]), False),
        Case("as a kind that this is not", headers("v1a," + good[3:]), False),
    ]


def test_python_believes_what_is_to_be_believed():
    names: dict[str, object] = {}
    for text in of_language(GUIDE, "python"):
        exec(compile(text, "guide", "exec"), names)
    verify, with_public_key = names["verify"], names["verify_with_public_key"]
    assert callable(verify) and callable(with_public_key)
    for case in cases():
        assert verify(SECRET, case.headers, case.body) is case.good, case.what
    private = Ed25519PrivateKey.from_private_bytes(KEY)
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    sent_at = int(time.time())
    signed = base64.b64encode(private.sign(f"{ID}.{sent_at}.".encode() + BODY)).decode()
    headers = {"webhook-id": ID, "webhook-timestamp": str(sent_at), "webhook-signature": f"v1,AAAA v1a,{signed}"}
    assert with_public_key(public, headers, BODY) is True
    assert with_public_key(public, headers, BODY + b" ") is False
    assert with_public_key(public, {**headers, "webhook-timestamp": str(sent_at - 900)}, BODY) is False
    assert with_public_key(public, {**headers, "webhook-signature": f"v1,{signed}"}, BODY) is False


JAVASCRIPT = """
import { readFileSync } from "node:fs";
for (const line of readFileSync(0, "utf8").trim().split("\\n")) {
  const [headers, body] = JSON.parse(line);
  console.log(verify("%s", headers, Buffer.from(body, "base64")));
}
"""
JAVA = """
public class Harness {
  public static void main(String[] arguments) throws Exception {
    var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] told = line.split("\\t", -1);
      var headers = Map.of("webhook-id", told[0], "webhook-timestamp", told[1], "webhook-signature", told[2]);
      System.out.println(Webhooks.verify("%s", headers, Base64.getDecoder().decode(told[3])));
    }
  }
}
"""
GO = """package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		told := strings.Split(lines.Text(), "\\t")
		headers := map[string]string{"webhook-id": told[0], "webhook-timestamp": told[1], "webhook-signature": told[2]}
		body, _ := base64.StdEncoding.DecodeString(told[3])
		fmt.Println(Verify("%s", headers, body))
	}
}
"""


def needed(program: str) -> str:
    """Where a runtime is; without it the test is skipped, saying so."""
    return shutil.which(program) or pytest.skip(f"{program} is not on this machine: its snippet is not run")


def believed(command: list[str], lines: list[str], folder: Path) -> list[bool]:
    """What a program says of each webhook."""
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return [each.lower() == "true" for each in done.stdout.split()]


def in_columns(told: list[Case]) -> list[str]:
    return ["\t".join([*each.headers.values(), base64.b64encode(each.body).decode()]) for each in told]


def test_javascript_believes_what_is_to_be_believed(tmp_path: Path):
    node, told = needed("node"), cases()
    (snippet,) = of_language(GUIDE, "javascript")
    (tmp_path / "verify.mjs").write_text(snippet + JAVASCRIPT % SECRET)
    lines = [json.dumps([each.headers, base64.b64encode(each.body).decode()]) for each in told]
    assert believed([node, "verify.mjs"], lines, tmp_path) == [each.good for each in told]


def test_java_believes_what_is_to_be_believed(tmp_path: Path):
    java, told = needed("java"), cases()
    (snippet,) = of_language(GUIDE, "java")
    imports, rest = snippet.split("\nfinal class", 1)
    # The first class of a source file is the one that is launched.
    (tmp_path / "Harness.java").write_text(f"{imports}\n{JAVA % SECRET}\nfinal class{rest}")
    assert believed([java, "Harness.java"], in_columns(told), tmp_path) == [each.good for each in told]


def test_go_believes_what_is_to_be_believed(tmp_path: Path):
    go, told = needed("go"), cases()
    (snippet,) = of_language(GUIDE, "go")
    (tmp_path / "verify.go").write_text(snippet)
    (tmp_path / "main.go").write_text(GO % SECRET)
    assert believed([go, "run", "verify.go", "main.go"], in_columns(told), tmp_path) == [each.good for each in told]


def test_csharp_takes_the_same_steps():
    """No runtime of C# is asked for, so this is looked at as text: the same key, bytes, times and comparison."""
    (snippet,) = of_language(GUIDE, "csharp")
    for step in ("whsec_", "webhook-id", "webhook-timestamp", "webhook-signature", "> 300", "HMACSHA256", '"v1,"'):
        assert step in snippet, step
    assert "FixedTimeEquals" in snippet and ".Concat(body)" in snippet
