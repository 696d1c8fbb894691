"""nginx.conf and Caddyfile: their structure and their promises; nginx itself checks its file where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.urls import reverse

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
CADDY = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
TOKEN = re.compile(r"""\s+|\#[^\n]*|"[^"]*"|'[^']*'|[{};]|[^\s{};"'#]+""")


def nginx_tokens() -> list[str]:
    tokens, end = [], 0
    for found in TOKEN.finditer(NGINX):
        assert found.start() == end, f"cannot be read: {NGINX[end : end + 40]!r}"
        end = found.end()
        if found[0].strip() and not found[0].startswith("#"):
            tokens.append(found[0])
    assert end == len(NGINX)
    return tokens


def location(path: str) -> str:
    found = re.search(rf"location (?:= )?{re.escape(path)} \{{(.*?)\}}", NGINX, re.DOTALL)
    assert found, path
    return found[1]


def test_every_brace_of_nginx_conf_closes_and_every_directive_ends() -> None:
    depth, words = 0, 0
    for token in nginx_tokens():
        if token in "{;":
            assert words, f"{token} after nothing"
            words = 0
            depth += token == "{"
        elif token == "}":
            assert not words, "a directive without its semicolon"
            depth -= 1
            assert depth >= 0
        else:
            words += 1
    assert (depth, words) == (0, 0)


def test_nginx_itself_accepts_the_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if not nginx:
        pytest.skip("there is no nginx here")
    # Without the certificate, which only the real machine has.
    text = re.sub(r"ssl_certificate\S*\s.*;|access_log .*;|error_log .*;", "", NGINX).replace(" ssl;", ";")
    main = tmp_path / "nginx.conf"
    main.write_text(f"pid {tmp_path}/pid; events {{}} http {{ {text} }}")
    done = subprocess.run([nginx, "-t", "-c", str(main)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_bodies_are_limited_by_what_each_address_needs() -> None:
    assert "client_max_body_size 64k;" in location("/relay/")
    assert "client_max_body_size 256k;" in location("/lti/")
    megabytes = 200 + 10
    assert f"client_max_body_size {megabytes}m;" in location("~ ^/inside/[^/]+/hand-in$")
    assert re.search(rf"request_body @documents \{{\s+max_size {megabytes}MB", CADDY)
    assert re.search(r"client_max_body_size 1m;", NGINX) and re.search(r"request_body @others \{\s+max_size 1MB", CADDY)
    assert re.search(r"request_body /relay/\* \{\s+max_size 64KB", CADDY)
    assert re.search(r"request_body /lti/\* \{\s+max_size 256KB", CADDY)


def test_a_request_has_to_arrive_in_time() -> None:
    assert re.search(r"client_header_timeout\s+10s;", NGINX)
    assert re.search(r"client_body_timeout\s+15s;", NGINX)
    # Caddy has one limit for all bodies, and a document may take hours over a slow line.
    assert re.search(r"timeouts \{\s+read_header 10s\s+(#[^\n]*\s+)?read_body 3h\s+\}", CADDY)


def test_downloads_are_collected_by_nginx_and_nothing_else_is_kept_on_its_disk() -> None:
    """A slow line would hold a thread of the bridge."""
    downloads = re.search(r"location ~ (\^/inside/\S+at-provider\S+) \{(.*?)\}", NGINX, re.DOTALL)
    assert downloads and re.search(r"proxy_max_temp_file_size \d{4}m;", downloads[2])
    ours = {"document-content": {"document": 7}, "file-take": {"export": 7}}
    ours |= {"roster-provider-act": {"attempt": 0, "what": "report_pdf"}}
    for name, about in ours.items():
        assert re.search(downloads[1], reverse(name, kwargs={"access": "eyJ:1x:a_-b", **about}))
    for name in ("roster", "learner", "documents"):
        assert not re.search(downloads[1], reverse(name, kwargs={"access": "eyJ:1x:a_-b"}))
    assert re.findall(r"proxy_max_temp_file_size (\w+);", NGINX) == ["0", "2100m"]


def test_forwarding_headers_are_replaced_and_never_added_to() -> None:
    assert re.search(r"X-Forwarded-For\s+\$remote_addr;", NGINX)
    assert "$proxy_add_x_forwarded_for" not in NGINX


def test_no_query_and_no_pass_is_logged() -> None:
    log_format = NGINX[NGINX.index("log_format") : NGINX.index("upstream")]
    for variable in ("$request ", '$request"', "$request_uri", "$args", "$query_string", "$http_referer", "$uri"):
        assert variable not in log_format
    for path in ("/inside/", "/callbacks/"):
        assert path in NGINX[: NGINX.index("log_format")]
    assert not re.search(r"^\s*log\b", CADDY, re.MULTILINE)


def test_a_request_is_never_sent_to_the_bridge_twice() -> None:
    assert re.search(r"proxy_next_upstream\s+off;", NGINX)


def test_logins_are_limited_where_a_lecture_hall_is_not_stopped() -> None:
    """A campus may share one address, and a whole exam begins at once."""
    rate = re.search(r"limit_req_zone \$binary_remote_addr zone=(\w+):10m rate=(\d+)r/s;", NGINX)
    assert rate and int(rate[2]) >= 50
    burst = re.search(rf"limit_req zone={rate[1]} burst=(\d+) nodelay;", location("/lti/1.3/login"))
    assert burst and int(burst[1]) >= 500
    assert "limit_req_status 429;" in location("/lti/1.3/login")
    # Launches themselves are signed, and never stopped.
    assert NGINX.count("limit_req zone=") == 1
    assert "/lti/1.3/login" in CADDY


def test_metrics_are_not_for_everybody() -> None:
    assert "return 404;" in location("/metrics")
    assert "respond /metrics 404" in CADDY


def test_every_brace_of_the_caddyfile_closes() -> None:
    without_comments = re.sub(r"#.*", "", CADDY)
    assert without_comments.count("{") == without_comments.count("}")
