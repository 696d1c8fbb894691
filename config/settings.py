"""Every setting, read from the environment here and nowhere else.

All mistakes are reported at once, each with the variable's name; any variable may also be given as
``NAME_FILE``, a file that holds the value. ``deploy/env.example`` lists exactly the variables read here.
``run`` and ``demo`` make what a first start needs (``config/first_start.py``).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import EnvValidationError, FileAwareEnv

from config import log_lines, rules

_unreadable: dict[str, str] = {}


class _Environment(FileAwareEnv):
    """A NAME_FILE that cannot be read is one mistake among the others."""

    def _get_value(self, env_key: str, default: Any) -> Any:
        try:
            return super()._get_value(env_key, default)
        except (OSError, ValueError):
            _unreadable[env_key] = f"{env_key}_FILE: must be a file that can be read"
            return "" if default is ... else default


env = _Environment(eager=False, strip_whitespace=True)

ROOT = Path(__file__).resolve().parent.parent

# --- who we are -----------------------------------------------------------------------------
#: The public address, as browsers and LMSs write it. Signatures are checked against it.
BASE_URL = env.str("BASE_URL", "http://localhost:8000")
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
#: Keys that encrypt secrets at rest, newest first; several while rotating.
FIELD_KEYS: list[str] = env.list("FIELD_KEYS")
DEBUG = env.bool("DEBUG", False)
#: The pretend LMS and providers. Never in production.
SANDBOX = env.bool("SANDBOX", False)
DATA_DIR = env.path("DATA_DIR", Path("var"))

# --- where things are kept ------------------------------------------------------------------
#: Empty: SQLite in DATA_DIR.
_database_url = env.str("DATABASE_URL", "")
_database = env.dj_db_url("DATABASE_URL") if _database_url else {}
#: Connections kept open by each process; 0: one per thread, kept for five minutes.
DATABASE_POOL = env.int("DATABASE_POOL", 0)
#: Empty: a queue of files in DATA_DIR.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")

# --- who may reach us, whom we may reach ----------------------------------------------------
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
#: Proxies (addresses or networks) whose X-Forwarded-* headers are believed.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
#: Hosts, host:port pairs or networks that are reached although their address is private.
ALLOWED_PRIVATE_HOSTS: list[str] = env.list("ALLOWED_PRIVATE_HOSTS", [])
#: Whether browsers must use https for all names below ours too, for a year: other services may live there.
HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", False)

# --- launches -------------------------------------------------------------------------------
#: Seconds that an LTI 1.1 timestamp may be off, either way.
LAUNCH_WINDOW = env.int("LAUNCH_WINDOW", 300)
#: Days that launch records are kept.
LAUNCH_RECORD_DAYS = env.int("LAUNCH_RECORD_DAYS", 7)
#: Hours that a page opened by a launch goes on working.
PAGE_HOURS = env.int("PAGE_HOURS", 8)

# --- delivery -------------------------------------------------------------------------------
#: How long one second of the retry schedule lasts. Below 1 only in rehearsals of faults.
DELIVERY_PACE = env.float("DELIVERY_PACE", 1.0)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 15.0)
#: A lease outlives the longest possible request to an LMS, or two could be sent at once.
LEASE_SECONDS = env.float("LEASE_SECONDS", 40.0)
SEND_DEADLINE_SECONDS = env.float("SEND_DEADLINE_SECONDS", 25.0)

# --- documents ------------------------------------------------------------------------------
#: Megabytes (1,048,576 bytes each) that a document has at most; a provider may take less.
DOCUMENT_MEGABYTES = env.int("DOCUMENT_MEGABYTES", 200)

# --- processes of `run` ---------------------------------------------------------------------
WEB_WORKERS = env.int("WEB_WORKERS", 2)
WEB_THREADS = env.int("WEB_THREADS", 16)
DELIVERY_WORKERS = env.int("DELIVERY_WORKERS", 4)

# --- words and logs -------------------------------------------------------------------------
TIME_ZONE = env.str("TIME_ZONE", "UTC")
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
#: text or json.
LOG_FORMAT = env.str("LOG_FORMAT", "text")
#: Shown on error pages: whom to ask.
SUPPORT_CONTACT = env.str("SUPPORT_CONTACT", "")


def _mistakes() -> list[str]:
    found = dict(_unreadable)
    try:
        env.seal()
    except EnvValidationError as error:
        wrong: dict[str, list[str]] = dict(error.error_messages)  # type: ignore[arg-type]  # seal() gives a mapping
        found = {name: f"{name}: {' '.join(map(str, texts))}" for name, texts in wrong.items()} | found
    unread = set(found)
    for name, says, holds in _RULES:
        # A value that could not be read has been reported, and cannot be looked at.
        if not unread & {name, *_ALSO_READS.get(name, ())} and not holds():
            found[name] = f"{name}: {says}"
    return list(found.values())


#: Rules that compare with another variable.
_ALSO_READS = {"LEASE_SECONDS": ("SEND_DEADLINE_SECONDS",), "SANDBOX": ("BASE_URL",)}
_RULES: list[tuple[str, str, Callable[[], object]]] = [
    (
        "BASE_URL",
        "must be the public address and nothing more, such as https://bridge.example.edu",
        lambda: rules.is_public_address(BASE_URL),
    ),
    ("SECRET_KEY", "must not be empty", lambda: SECRET_KEY),
    ("FIELD_KEYS", "at least one key is needed", lambda: FIELD_KEYS),
    ("FIELD_KEYS", "must be Fernet keys (32 bytes in URL-safe base64)", lambda: rules.are_fernet_keys(FIELD_KEYS)),
    (
        "SANDBOX",
        "must be off where BASE_URL is https: it lets anybody be anybody",
        lambda: not SANDBOX or not BASE_URL.lower().startswith("https:"),
    ),
    ("DATABASE_POOL", "must not be below 0", lambda: DATABASE_POOL >= 0),
    ("TRUSTED_PROXIES", "must be addresses or networks", lambda: rules.are_networks(TRUSTED_PROXIES)),
    ("LAUNCH_WINDOW", "must be between 1 and 5400", lambda: 1 <= LAUNCH_WINDOW <= 5400),
    ("LAUNCH_RECORD_DAYS", "must be between 1 and 36500", lambda: 1 <= LAUNCH_RECORD_DAYS <= 36500),
    ("PAGE_HOURS", "must be above 0", lambda: rules.is_above_zero(PAGE_HOURS)),
    ("DELIVERY_PACE", "must be above 0", lambda: rules.is_above_zero(DELIVERY_PACE)),
    ("SWEEP_SECONDS", "must be above 0", lambda: rules.is_above_zero(SWEEP_SECONDS)),
    ("SEND_DEADLINE_SECONDS", "must be above 0", lambda: rules.is_above_zero(SEND_DEADLINE_SECONDS)),
    (
        "LEASE_SECONDS",
        "must be longer than SEND_DEADLINE_SECONDS",
        lambda: rules.is_above_zero(LEASE_SECONDS) and LEASE_SECONDS > SEND_DEADLINE_SECONDS,
    ),
    ("DOCUMENT_MEGABYTES", "must be between 1 and 2000", lambda: 1 <= DOCUMENT_MEGABYTES <= 2000),
    ("WEB_WORKERS", "must be above 0", lambda: rules.is_above_zero(WEB_WORKERS)),
    ("WEB_THREADS", "must be above 0", lambda: rules.is_above_zero(WEB_THREADS)),
    ("DELIVERY_WORKERS", "must be above 0", lambda: rules.is_above_zero(DELIVERY_WORKERS)),
    ("TIME_ZONE", "must be the name of a time zone, such as Europe/Paris", lambda: rules.is_time_zone(TIME_ZONE)),
    ("LOG_FORMAT", "must be text or json", lambda: LOG_FORMAT in ("text", "json")),
    (
        "LOG_LEVEL",
        "must be DEBUG, INFO, WARNING or ERROR",
        lambda: LOG_LEVEL in ("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
]

if _found := _mistakes():
    raise ImproperlyConfigured("The environment needs attention:\n  " + "\n  ".join(_found))

# --- what follows from it -------------------------------------------------------------------
BASE_URL = rules.public_address(BASE_URL)
_base = urlsplit(BASE_URL)
_https = _base.scheme == "https"
FORCE_SCRIPT_NAME = _base.path or None
#: What reverse() lacks to make a full address.
PUBLIC_ORIGIN = f"{_base.scheme}://{_base.netloc}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]
ALLOWED_HOSTS = [_base.netloc.removesuffix(f":{_base.port}"), *ALLOWED_HOSTS]
if SANDBOX:
    # The pretend LMS and providers live on other loopback addresses, as strangers would.
    ALLOWED_HOSTS += ["127.0.0.1", "127.0.0.2", "127.0.0.3", "localhost"]
    ALLOWED_PRIVATE_HOSTS = [*ALLOWED_PRIVATE_HOSTS, "127.0.0.0/8", "localhost"]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
#: Texts go through gettext; a language joins here together with its catalogue.
LANGUAGES = [("en", "English")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [ROOT / "locale"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "csp",
    "axes",
    "simple_history",
    "django_structlog",
    "lti_bridge",
    *(["lti_bridge.sandbox"] if SANDBOX else []),
]

MIDDLEWARE = [
    "lti_bridge.proxy.TrustedProxyMiddleware",
    "lti_bridge.proxy.AnyHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lti_bridge.logs.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "lti_bridge.pages.errors.ErrorPageMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database -------------------------------------------------------------------------------
if not _database:
    _database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "bridge.sqlite3")}
if "sqlite" in _database["ENGINE"]:
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASE_POOL:
    _database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10}}
else:
    _database |= {"CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": _database}

# --- staff log-in ---------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "lti_bridge.proxy.client_address"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True

# --- what browsers are told -----------------------------------------------------------------
if TRUSTED_PROXIES:
    # TrustedProxyMiddleware removes the header when anybody else sends it.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https and HSTS_INCLUDE_SUBDOMAINS
#: Health checks come from inside, by http and without a name.
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(_base.path.strip('/'))}/)?(healthz|readyz|metrics)$"]
#: Frames are for ``frame-ancestors``: launch pages name the platform, all others nobody.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options: frame-ancestors does its work, and launch pages must be framed
    "security.W005",  # HSTS for all names below ours is for those who own them to decide: HSTS_INCLUDE_SUBDOMAINS
    "security.W021",  # a preload list is not left again for months, so nobody gets onto it by installing this
    *([] if _https else ["security.W004", "security.W008", "security.W012", "security.W016", "security.W018"]),
]

DOCUMENT_BYTES = DOCUMENT_MEGABYTES << 20
#: Nobody uploads anything but where a document is handed in, and strangers must not fill the disk.
FILE_UPLOAD_HANDLERS = ["lti_bridge.uploads.NoFiles"]

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# --- queue ----------------------------------------------------------------------------------
#: Publishing a wake-up call never holds a web request up for long: two retries, 0.2 s apart.
_publish = {"max_retries": 2, "interval_start": 0.2, "interval_step": 0, "interval_max": 0.2}
_queue = str((DATA_DIR / "queue").absolute())
CELERY: dict[str, Any] = {
    "broker_url": CELERY_BROKER_URL or "filesystem://",
    "broker_connection_retry_on_startup": True,
    "broker_connection_timeout": 2,
    "broker_transport_options": {
        "data_folder_in": _queue,
        "data_folder_out": _queue,
        "control_folder": f"{_queue}-control",
        "store_processed": False,
        "polling_interval": 0.2,
    }
    if not CELERY_BROKER_URL
    else {"visibility_timeout": 300, "socket_connect_timeout": 1, "socket_timeout": 5},
    "task_publish_retry_policy": _publish,
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # Longer than any honest task; a lease outlives it no more than once.
    "task_time_limit": 120,
    "task_soft_time_limit": 110,
    "worker_hijack_root_logger": False,
    "timezone": "UTC",
    "beat_schedule_filename": str(DATA_DIR / "beat"),
    "beat_schedule": {
        "sweep": {
            "task": "lti_bridge.delivery.tasks.sweep",
            "schedule": SWEEP_SECONDS,
            # A sweep that waited longer than the next one is of no use.
            "options": {"expires": SWEEP_SECONDS},
        },
        "read_events": {
            "task": "lti_bridge.tasks.read_events",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "look_at_attempts": {
            "task": "lti_bridge.tasks.look_at_attempts",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "look_at_tests": {
            "task": "lti_bridge.tasks.look_at_tests",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "pass_documents_on": {
            "task": "lti_bridge.documents.tasks.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "throw_documents_away": {
            "task": "lti_bridge.documents.tasks.throw_away",
            "schedule": 3600.0,
            "options": {"expires": 3600.0},
        },
        "restore_webhooks": {
            "task": "lti_bridge.tasks.restore_webhooks",
            "schedule": 86400.0,
            "options": {"expires": 3600.0},
        },
        "carry_out_acts": {
            "task": "lti_bridge.tasks.carry_out_acts",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "forget": {"task": "lti_bridge.tasks.forget", "schedule": 3600.0, "options": {"expires": 3600.0}},
        "tend_keys": {"task": "lti_bridge.tasks.tend_keys", "schedule": 3600.0, "options": {"expires": 3600.0}},
    },
}

# --- logs -----------------------------------------------------------------------------------
_shared: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Without locals, which hold secrets and names; rich would show them.
                structlog.processors.format_exc_info,
                *(
                    [structlog.processors.JSONRenderer()]
                    if LOG_FORMAT == "json"
                    else [
                        log_lines.escaped,
                        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
                    ]
                ),
            ],
            "foreign_pre_chain": _shared,
        }
    },
    "filters": {"routes": {"()": "lti_bridge.logs.RoutesForPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["routes"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # What Django says about requests, for whichever handler it is.
        "django.request": {"filters": ["routes"]},
        "django.security.csrf": {"filters": ["routes"]},
        # Two lines for each request say nothing that the proxy's log does not.
        "django_structlog": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # urllib3 logs whole addresses, and a query may hold a secret. Here and nowhere else: whoever sets logging up
        # once more, as a worker does, takes back what a module has set.
        "urllib3": {"level": "ERROR"},
    },
}
