"""The kinds of identifier that can tie two bidders together: one row per kind, no code per kind."""

from enum import StrEnum
from typing import NamedTuple


class Scope(StrEnum):
    """Whether a value belongs to one bid or to the firm over a period."""

    BID = "bid"
    FIRM = "firm"


class Kind(NamedTuple):
    """One kind of identifier.

    `personal` values are displayed masked. `shape` names the normalisation that makes two
    spellings of one value equal (see `records.privacy.NORMALISERS`). Kinds that end in `_name` are
    for sources that know a person by name only; the plain kind needs an id, or a name with a
    telephone, because namesakes are common (rules FX15).
    """

    name: str
    zh: str
    en: str
    scope: Scope
    personal: bool
    shape: str


_B, _F = Scope.BID, Scope.FIRM

KINDS: dict[str, Kind] = {
    k.name: k
    for k in (
        Kind(
            "author_mac",
            "制作设备MAC地址",
            "MAC address of the authoring device",
            _B,
            False,
            "code",
        ),
        Kind("author_cpu", "制作设备CPU序列号", "CPU id of the authoring device", _B, False, "code"),
        Kind(
            "author_disk",
            "制作设备硬盘序列号",
            "disk serial of the authoring device",
            _B,
            False,
            "code",
        ),
        Kind("author_board", "制作设备主板号", "board id of the authoring device", _B, False, "code"),
        Kind(
            "author_memory",
            "制作设备内存序列号",
            "memory serial of the authoring device",
            _B,
            False,
            "code",
        ),
        Kind(
            "upload_mac",
            "上传设备MAC地址",
            "MAC address of the uploading device",
            _B,
            False,
            "code",
        ),
        Kind("upload_cpu", "上传设备CPU序列号", "CPU id of the uploading device", _B, False, "code"),
        Kind(
            "upload_disk",
            "上传设备硬盘序列号",
            "disk serial of the uploading device",
            _B,
            False,
            "code",
        ),
        Kind("download_ip", "下载IP", "IP address at download", _B, False, "text"),
        Kind("upload_ip", "上传IP", "public IP address at upload", _B, False, "text"),
        Kind("decrypt_ip", "解密IP", "IP address at decryption", _B, False, "text"),
        Kind("upload_lan", "上传内网地址", "LAN address at upload", _B, False, "text"),
        Kind("boq_lock", "造价软件加密锁号", "pricing-software lock", _B, False, "code"),
        Kind("file_id", "文件创建标识码", "file creation id", _B, False, "code"),
        Kind("ca_key", "CA锁号", "CA key", _B, False, "code"),
        Kind("account_user", "平台账号", "platform account", _B, True, "text"),
        Kind("deposit_account", "保证金转出账户", "account that paid the deposit", _B, True, "code"),
        Kind("refund_account", "保证金退款账户", "account that received the refund", _B, True, "code"),
        Kind("agent", "委托代理人", "authorised agent", _B, True, "code"),
        Kind("project_manager", "项目负责人", "project manager", _B, True, "code"),
        Kind("team_member", "项目成员", "project team member", _B, True, "code"),
        Kind("phone", "联系电话", "telephone", _F, True, "digits"),
        Kind("email", "电子邮箱", "e-mail", _F, True, "text"),
        Kind("address", "地址", "address", _F, False, "text"),
        Kind("legal_rep", "法定代表人", "legal representative", _F, True, "code"),
        Kind("legal_rep_name", "法定代表人姓名", "name of the legal representative", _F, True, "text"),
        Kind("team_member_name", "项目成员姓名", "name of a project team member", _B, True, "text"),
        Kind("shareholder", "股东", "shareholder", _F, True, "code"),
        Kind("director", "董事监事高管", "director or officer", _F, True, "code"),
    )
}
