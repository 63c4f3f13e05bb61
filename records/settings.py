"""What an installation is set to: `bidlens.toml` in the workspace, above it `BIDLENS_*` of the environment.

An option of a command wins over both. `bidlens settings` shows what is in force and where it comes from.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from records.source import BadInput

FILE = "bidlens.toml"
PREFIX = "BIDLENS_"
WORKSPACE = "BIDLENS_WORKSPACE"
ELSEWHERE = frozenset({WORKSPACE, "BIDLENS_DATA", "BIDLENS_STRICT"})
"""Variables that no workspace can set: which one it is, and what tests and benchmarks read."""

Share = Annotated[float, Field(ge=0, le=1)]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no zone of the IANA list has this name")
    return name


class Settings(BaseSettings):
    """Every setting, its type, its allowed values and its default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    database: str | None = Field(
        default=None,
        description="Address of the desk's database; else cases.db here.",
        json_schema_extra={"zh": "工作台数据库地址；不填则用本目录的 cases.db。"},
    )
    mlflow_uri: str | None = Field(
        default=None,
        description="Tracking server of models; else mlflow.db here.",
        json_schema_extra={"zh": "模型登记服务器；不填则用本目录的 mlflow.db。"},
    )
    lang: Literal["en", "zh"] = Field(
        default="en", description="Language of the words.", json_schema_extra={"zh": "显示语言。"}
    )
    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(
        default=None,
        description="Zone of the times on screen, e.g. Asia/Shanghai; else China's for records from there, "
        "else the browser's.",
        json_schema_extra={
            "zh": "屏幕上时间的时区，如 Asia/Shanghai；不填则中国的数据用北京时间，其他用浏览器的时区。"
        },
    )
    log: Literal["auto", "text", "json", "off"] = Field(
        default="auto",
        description="Log on standard error; auto is text, and nothing on a terminal.",
        json_schema_extra={"zh": "写到标准错误的日志；auto 为文本，在终端上不写。"},
    )
    capacity: int | None = Field(
        default=None,
        ge=1,
        description="How many tenders people can look at (score).",
        json_schema_extra={"zh": "人力可核查的标段数（score）。"},
    )
    fdr: float | None = Field(
        default=None,
        ge=0,
        le=0.999,
        description="Share of statistical alerts that may be chance (score).",
        json_schema_extra={"zh": "统计类线索中允许出于偶然的比例（score）。"},
    )
    audit: float = Field(
        default=0.05,
        ge=0,
        le=0.5,
        description="Share of the queue drawn at random (score).",
        json_schema_extra={"zh": "队列中随机抽查的比例（score）。"},
    )
    part_size: int | None = Field(
        default=None,
        ge=1,
        description="Tenders of a part; else up to 100,000 tenders are scored in one piece (score).",
        json_schema_extra={"zh": "分批评分时每批的标段数；不填则十万个标段以内一次完成（score）。"},
    )
    jobs: int = Field(
        default=1,
        ge=1,
        description="Processes that do parts at the same time (score).",
        json_schema_extra={"zh": "同时处理各批的进程数（score）。"},
    )
    engine: Literal["local", "spark"] = Field(
        default="local",
        description="Who does the parts (score).",
        json_schema_extra={"zh": "由谁处理各批（score）。"},
    )
    master: str | None = Field(
        default=None,
        description="Address of the Spark cluster (score).",
        json_schema_extra={"zh": "Spark 集群地址（score）。"},
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        description="Days that runs are kept (prune).",
        json_schema_extra={"zh": "评分结果保留天数（prune）。"},
    )
    max_run_age: float | None = Field(
        default=None,
        gt=0,
        description="Hours after which the newest run is too old (health).",
        json_schema_extra={"zh": "最近一次评分超过多少小时视为过期（health）。"},
    )
    max_quarantined: Share | None = Field(
        default=None,
        description="Share of the last import's rows that may be set aside (health).",
        json_schema_extra={"zh": "最近一次导入中允许被隔离的行的比例（health）。"},
    )
    min_free_gb: float = Field(
        default=1.0,
        ge=0,
        description="Free gigabytes that the workspace needs (health).",
        json_schema_extra={"zh": "工作区所需的剩余空间，单位 GB（health）。"},
    )

    NAMES: ClassVar[tuple[str, ...]]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what the file gives."""
        return env_settings, init_settings


Settings.NAMES = tuple(Settings.model_fields)


class Setting(NamedTuple):
    """One setting in force, its meaning by language; `source` is `default`, the file, or the variable."""

    name: str
    value: Any
    source: str
    meaning: Mapping[str, str]


def settings(workspace: Path | None) -> Settings:
    """What is in force in a workspace; without one, what the environment says.

    Raises:
        BadInput: a key is unknown or a value is not allowed; it names those that are.

    """
    given = {} if workspace is None else _file(workspace / FILE)
    if unknown := sorted(set(given) - set(Settings.NAMES)):
        raise BadInput(
            f"There is no setting {unknown[0]!r}", str((workspace or Path()) / FILE),
            f"Known settings: {', '.join(Settings.NAMES)}.",
        )  # fmt: skip
    _check_environment()
    try:
        return Settings(**given)
    except ValidationError as problem:
        raise _refusal(problem, workspace) from None


def in_force(workspace: Path | None) -> list[Setting]:
    """Every setting with its value and where that comes from; a password in an address is masked."""
    found, told = settings(workspace), {} if workspace is None else _file(workspace / FILE)
    return [
        Setting(
            name,
            without_password(getattr(found, name)),
            _origin(name, told, workspace),
            {"en": field.description or "", **field.json_schema_extra},  # type: ignore[dict-item]
        )
        for name, field in Settings.model_fields.items()
    ]


def workspace_folder() -> Path:
    """The folder that `BIDLENS_WORKSPACE` names, `workspace` by default."""
    return Path(os.environ.get(WORKSPACE) or "workspace")


def without_password(value: Any) -> Any:
    """An address without what only its owner may know; any other value as it is.

    >>> without_password("postgresql+psycopg://desk:secret@db/bidlens"), without_password(3)
    ('postgresql+psycopg://desk:***@db/bidlens', 3)
    """
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", value) if isinstance(value, str) else value


def _file(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"The settings cannot be read: {error}", str(path), "Mend the file.") from None


def _check_environment() -> None:
    known = {PREFIX + name.upper() for name in Settings.NAMES}
    if strange := sorted(n for n in os.environ if n.startswith(PREFIX) and n not in known | ELSEWHERE):
        raise BadInput(
            f"There is no setting {strange[0]}", "the environment",
            f"Known variables: {', '.join(sorted(known | ELSEWHERE))}.",
        )  # fmt: skip


def _origin(name: str, told: Mapping[str, Any], workspace: Path | None) -> str:
    if os.environ.get(PREFIX + name.upper()):
        return PREFIX + name.upper()
    return str((workspace or Path()) / FILE) if name in told else "default"


def _refusal(problem: ValidationError, workspace: Path | None) -> BadInput:
    first = problem.errors()[0]
    name = str(first["loc"][0])
    of_variable = bool(os.environ.get(PREFIX + name.upper()))
    where = PREFIX + name.upper() if of_variable else str((workspace or Path()) / FILE)
    allowed = first["msg"][:1].lower() + first["msg"][1:]
    meaning = Settings.model_fields[name].description or ""
    return BadInput(f"Setting {name!r} is {first['input']!r}: {allowed}", where, meaning)
