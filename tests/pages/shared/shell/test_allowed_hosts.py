"""Which names the app answers to."""

import socket

import pytest

from pages.shared.shell.allowed_hosts import is_allowed


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "127.0.0.1:80", "[::1]:8501", "localhost."])
@pytest.mark.parametrize("listens_on", ["localhost", "0.0.0.0", "10.1.2.3"])
def test_local_names_are_always_answered(host, listens_on):
    assert is_allowed(host, listens_on, [])


@pytest.mark.parametrize(
    "host",
    ["evil.test", "evil.test:8501", "localhost.evil.test", "127.0.0.1.evil.test", "", "localhost@evil.test", "a b"]
    + ["evil.test#localhost", "localhost:x", "[::1", "localhost/", "xn--localhost", "lab.example.org.evil.test"],
)
@pytest.mark.parametrize("listens_on", ["localhost", "0.0.0.0", "::"])
def test_other_names_are_not(host, listens_on):
    assert not is_allowed(host, listens_on, ["lab.example.org", "*.lab.example.org"])


def test_a_name_that_the_owner_allowed_is_answered():
    assert is_allowed("Lab.example.org:443", "localhost", ["lab.example.ORG"])
    assert is_allowed("a.lab.example.org", "localhost", ["*.lab.example.org"])
    assert not is_allowed("lab.example.org", "localhost", ["*.lab.example.org"])
    assert is_allowed("anything.test", "localhost", ["*"])


@pytest.mark.parametrize("listens_on", ["0.0.0.0", "::"])
def test_a_server_for_a_team_answers_to_its_addresses_and_its_machines_name(listens_on):
    for host in ("192.168.1.7:8501", "[fe80::1]:8501", socket.gethostname()):
        assert is_allowed(host, listens_on, [])
        assert not is_allowed(host, "localhost", []) or host == "localhost"


def test_what_it_listens_on_is_answered():
    assert is_allowed("10.1.2.3:8501", "10.1.2.3", []) and not is_allowed("10.1.2.4", "10.1.2.3", [])
    assert is_allowed("lab.example.org", "lab.example.org", [])
