"""A server that speaks https: who can call it, by which names, and what is said where that fails."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.support.certificates import expired_ca
from tests.support.process import START_SECONDS, Serve, Served, environment, run, serving, until

NAME = "acme.docebosaas.com"
ROOT = Path(__file__).parents[2]

HARD_CODED = f"""
import os, sys, requests
login = {{"grant_type": "client_credentials", "client_id": "mock-lms", "client_secret": sys.argv[1]}}
token = requests.post("https://{NAME}/oauth2/token", data=login, timeout=30).json()["access_token"]
answer = requests.get("https://{NAME}/learn/v1/courses", headers={{"Authorization": "Bearer " + token}}, timeout=30)
print(answer.status_code, answer.json()["data"]["items"][0]["name"])
"""
"""A program of a stranger: it knows one address, and nothing of a mock."""

HOSTS_FILE = """
import os, socket
resolve = socket.getaddrinfo
def getaddrinfo(host, port, *more, **named):
    name, own = os.environ["TEST_HOST"].split("=")
    return resolve("127.0.0.1", int(own), *more, **named) if host == name else resolve(host, port, *more, **named)
socket.getaddrinfo = getaddrinfo
"""
"""What a hosts file and port 443 would do, for one Python program only."""

JAVA = """
import java.net.URI;
import java.net.http.*;
class Get {
    public static void main(String[] words) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(words[0])).build();
        System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
    }
}
"""


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a CA of its own."""
    folder = tmp_path_factory.mktemp("secure")
    for start in serving(folder / "servers"):
        yield start("--tls", "self-signed", "--allow-host", NAME, "--data", folder / "my lms")


def printed(server: Served) -> str:
    """The lines that the banner says to paste where a program is started."""
    return "\n".join(line.strip() for line in server.stderr.splitlines() if line.strip().startswith("export "))


def shell(script: str, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script, "bash", *words],
        capture_output=True, text=True, timeout=START_SECONDS, check=False, env=environment(**settings),
    )  # fmt: skip


def session(server: Served) -> requests.Session:
    made = requests.Session()
    made.trust_env, made.verify = False, server.ready["ca"]
    return made


def test_the_first_line_says_https_and_where_the_ca_is(secure: Served) -> None:
    assert secure.url == f"https://127.0.0.1:{secure.port}"
    assert Path(secure.ready["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert secure.ready["ca"] in secure.stderr


def test_who_trusts_the_ca_is_answered_and_who_does_not_hangs_up(secure: Served) -> None:
    assert session(secure).get(f"{secure.url}/openapi.yaml", timeout=30).ok
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{secure.url}/openapi.yaml", timeout=30)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", NAME])
def test_programs_of_today_and_older_ones_are_spoken_to(secure: Served, version: ssl.TLSVersion, name: str) -> None:
    context = ssl.create_default_context(cafile=secure.ready["ca"])
    context.minimum_version = context.maximum_version = version
    connection = socket.create_connection(("127.0.0.1", secure.port), 30)
    with connection, context.wrap_socket(connection, server_hostname=name) as secured:
        secured.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert secured.recv(15) == b"HTTP/1.1 200 OK"


def test_http_is_closed_without_an_answer_and_the_server_goes_on(secure: Served) -> None:
    said = secure.stderr
    with closing(socket.create_connection(("127.0.0.1", secure.port), 30)) as connection:
        connection.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while part := connection.recv(1000):
            answer += part
    assert b"HTTP" not in answer
    assert session(secure).get(f"{secure.url}/openapi.yaml", timeout=30).ok
    assert secure.stderr == said


def test_who_connects_and_says_nothing_keeps_nobody_waiting(secure: Served) -> None:
    with closing(socket.create_connection(("127.0.0.1", secure.port), 30)):
        assert session(secure).get(f"{secure.url}/openapi.yaml", timeout=30).ok


# --- what is printed


def test_what_is_printed_has_curl_requests_and_pythons_ssl_trust_it(secure: Served) -> None:
    url = f"{secure.url}/openapi.yaml"
    python = shlex.quote(sys.executable)
    for call in (
        f"curl -sS {url}",
        f"{python} -c 'import requests; print(requests.get(\"{url}\").text)'",
        f"{python} -c 'import urllib.request as u; print(u.urlopen(\"{url}\").read().decode())'",
        f"{python} -m mock_lms clock show --url {secure.url} --control-token {secure.ready['control_token']}",
    ):
        done = shell(f"{printed(secure)}\n{call}")
        assert done.returncode == 0, done.stderr
        assert len(done.stdout) > 50
        assert shell(call).returncode != 0


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_what_is_printed_has_node_trust_it(secure: Served) -> None:
    call = f"node -e 'fetch(\"{secure.url}/openapi.yaml\").then(answer => console.log(answer.status))'"
    done = shell(f"{printed(secure)}\n{call}")
    assert done.stdout == "200\n", done.stderr
    assert shell(call).returncode != 0


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no JDK here")
def test_what_is_printed_has_java_trust_it(secure: Served, tmp_path: Path) -> None:
    (tmp_path / "Get.java").write_text(JAVA)
    done = shell(f"{printed(secure)}\njava {shlex.quote(str(tmp_path / 'Get.java'))} {secure.url}/openapi.yaml")
    assert done.stdout == "200\n", done.stderr


def test_what_the_banner_says_to_paste_works_by_itself(secure: Served, tmp_path: Path) -> None:
    define = f'mock-lms-client() {{ "{sys.executable}" -m mock_lms_client "$@"; }}'
    assert '"username": "admin"' in shell(secure.to_paste).stdout.replace('":"', '": "')
    script = f"{define}\n{secure.to_log_in}\nmock-lms-client ids users --limit 1"
    done = shell(script, XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


# --- names


def test_a_program_that_has_an_address_built_in_runs_unmodified(secure: Served, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HOSTS_FILE)
    (tmp_path / "program.py").write_text(HARD_CODED)
    settings = {"PYTHONPATH": str(tmp_path), "TEST_HOST": f"{NAME}={secure.port}"}
    words = (sys.executable, str(tmp_path / "program.py"), secure.ready["client_secret"])
    done = shell(f'{printed(secure)}\n"$@"', *words, **settings)
    assert done.stdout == "200 Fire Safety\n", done.stderr


def test_the_page_of_the_docs_says_how_to_try_a_name_without_a_hosts_file(secure: Served) -> None:
    (line,) = re.findall(r"^curl .+$", (ROOT / "docs/tls.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert "--resolve" in line
    here = line.replace("./lms/tls/ca.pem", shlex.quote(secure.ready["ca"]))
    here = here.replace(":443:", f":{secure.port}:").replace(f"{NAME}/", f"{NAME}:{secure.port}/")
    done = shell(f"{here} -sS")
    assert done.stdout.startswith("openapi:"), done.stderr
    refused = shell(f"{here} -sS".replace(NAME, "other.docebosaas.com"))
    assert refused.returncode == 60, refused.stderr  # curl's: the certificate is not for this name


def test_logins_and_redirects_stay_on_https(secure: Served) -> None:
    made = session(secure)
    own = f"{secure.url}/api-browser/oauth2-redirect.html"
    query = {
        "response_type": "code", "client_id": "api-browser", "redirect_uri": own, "state": "x",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
    }  # fmt: skip
    login = {"username": secure.ready["username"], "password": secure.ready["password"]}
    address = f"{secure.url}/oauth2/authorize"
    answer = made.post(address, params=query, data=login, allow_redirects=False, timeout=30)
    assert answer.status_code in {302, 303}, answer.text
    assert answer.headers["Location"].startswith(f"{own}?")
    over_http = {**query, "redirect_uri": own.replace("https:", "http:")}
    assert made.post(address, params=over_http, data=login, allow_redirects=False, timeout=30).status_code == 400


def test_control_takes_the_origin_that_it_has(secure: Served) -> None:
    headers = {"Authorization": f"Bearer {secure.ready['control_token']}"}
    for origin, status in ((secure.url, 200), (secure.url.replace("https:", "http:"), 403)):
        answer = session(secure).get(f"{secure.url}/_mock/clock", headers={**headers, "Origin": origin}, timeout=30)
        assert answer.status_code == status


def test_an_exposed_server_has_the_names_by_which_others_call_it(serve: Serve) -> None:
    server = serve("--tls", "self-signed", "--host", "0.0.0.0", "--expose")  # noqa: S104 -- it is what is tested
    others = re.findall(r"from others +(https://[^/]+)/", server.stderr)
    assert others
    addresses = [other for other in others if re.match(r"https://[0-9.]+:", other)]
    assert all(session(server).get(f"{other}/openapi.yaml", timeout=30).ok for other in addresses)


@pytest.mark.parametrize("action", ["drop", "half_body"])
def test_a_connection_breaks_where_a_fault_says_so(serve: Serve, action: str) -> None:
    server = serve("--tls", "self-signed")
    headers = {"Authorization": f"Bearer {server.ready['control_token']}"}
    rules = {"rules": [{"action": action, "operation": "get_session"}]}
    assert session(server).put(f"{server.url}/_mock/faults", json=rules, headers=headers, timeout=30).ok
    who = {"Authorization": f"Bearer {server.log_in().token}"}
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        session(server).get(f"{server.url}/manage/v1/user/session", headers=who, timeout=30)


# --- the files


def test_with_data_the_ca_is_kept(serve: Serve, tmp_path: Path) -> None:
    cas = []
    for _ in range(2):
        server = serve("--tls", "self-signed", "--data", tmp_path / "lms")
        cas.append(Path(server.ready["ca"]).read_text())
        server.stop()
    assert cas[0] == cas[1]
    assert "others on this machine" not in server.stderr


def test_without_data_the_ca_goes_with_the_server(serve: Serve) -> None:
    server = serve("--tls", "self-signed", "--workers", "2")
    ca = Path(server.ready["ca"])
    assert session(server).get(f"{server.url}/openapi.yaml", timeout=30).ok
    server.stop()
    until("the CA's end", lambda: not ca.exists() and not list(server.temporary.iterdir()), 5)


def test_a_given_certificate_is_shown(serve: Serve, secure: Served) -> None:
    kept = Path(secure.ready["ca"]).parent
    files = f"{kept / 'server.pem'},{kept / 'server-key.pem'}"
    server = serve("--tls", files)
    assert "ca" not in server.ready
    assert "export " not in server.stderr
    assert session(secure).get(f"{server.url}/openapi.yaml", timeout=30).ok


def test_an_expired_certificate_is_shown_too_and_warned_of(serve: Serve, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(expired_ca())
    server = serve("--tls", f"{both},{both}")
    assert f"mock-lms: --tls {both} expired at 2020-01-02 00:00:00 UTC; clients will refuse it." in server.stderr
    context = ssl.create_default_context(cafile=str(both))
    context.check_hostname = False
    connection = socket.create_connection(("127.0.0.1", server.port), 30)
    with connection, pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        context.wrap_socket(connection)


def test_a_name_that_no_certificate_can_have_is_warned_of(serve: Serve) -> None:
    server = serve("--tls", "self-signed", "--allow-host", "mock_lms")
    assert "mock-lms: no certificate can be for mock_lms; https clients will refuse that name.\n" in server.stderr


def test_a_certificate_that_cannot_be_used_is_told_before_anything_is_made(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", "--data", str(tmp_path / "lms"), "--tls", f"{tmp_path}/no.pem,{tmp_path}/no.pem")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"mock-lms: --tls {tmp_path}/no.pem: {os.strerror(2)}; name a file that can be read.")
    assert not (tmp_path / "lms" / "tenants" / "default").exists()
