"""A daemon that others can reach: it takes keys, and speaks TLS with a certificate of its own."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import made
from maxsimd import Client, Unauthorized, Unreachable
from serving import Served, binary


class Guarded(NamedTuple):
    url: str
    certificate: Path
    read: str
    admin: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    if shutil.which("openssl") is None or binary().name != "maxsim":
        pytest.skip("openssl makes the certificate, maxsim the keys")
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "data").mkdir()
    certificate, private, keys = folder / "certificate.pem", folder / "private.pem", folder / "keys"
    self_signed = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*self_signed, *named, "-keyout", private, "-out", certificate], check=True, capture_output=True)

    def key(scope: str) -> str:
        command = [str(binary()), "keys", "new", "--scope", scope, "--append", str(keys), "--json"]
        return str(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["key"])

    read, admin = key("read"), key("admin")
    flags = ["--keys-file", str(keys), "--tls-cert", str(certificate), "--tls-key", str(private)]
    trust = ssl.create_default_context(cafile=str(certificate))
    with Served(binary(), folder / "data", folder / "home", *flags, key=admin, trust=trust) as served:
        yield Guarded(served.url, certificate, read, admin)


@pytest.fixture
def trusted(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """The same, to those who take its certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(guarded.certificate))
    return guarded


def test_who_has_a_key_is_served_as_far_as_it_goes(kind: str, trusted: Guarded, name: str) -> None:
    for client in made(kind, trusted.url, api_key=trusted.admin):
        assert client.create(name=name, width=8).name == name
    for client in made(kind, trusted.url, api_key=trusted.read):
        assert name in [collection.name for collection in client.collections().collections]
        with pytest.raises(Unauthorized) as refused:
            client.drop_collection(name)
        assert (refused.value.status, trusted.read in str(refused.value)) == (403, False)


def test_who_has_none_is_told_so(kind: str, trusted: Guarded) -> None:
    for key in (None, "mxs_" + "0" * 43):
        for client in made(kind, trusted.url, api_key=key):
            with pytest.raises(Unauthorized) as refused:
                client.collections()
            assert refused.value.status == 401


def test_a_certificate_that_nobody_vouches_for_is_not_taken(kind: str, guarded: Guarded) -> None:
    for client in made(kind, guarded.url, api_key=guarded.read):
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            client.collections()


def test_a_key_is_not_shown_with_the_client(guarded: Guarded) -> None:
    with Client(guarded.url, api_key=guarded.read) as client:
        assert guarded.read not in repr(client) + repr(vars(client))
