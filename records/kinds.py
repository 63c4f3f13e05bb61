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
    spellings of one value equal (see `records.privacy.NORMALISERS`). Kinds of one `family` have
    equal hashes where their values are equal, so that an account that paid for one bidder is known
    again where another is refunded; unless said, the family is the last part of the name. Kinds
    that end in `_name` are for sources that know a person by name only; the plain kind needs an id,
    or a name with a telephone, because namesakes are common (rules FX15).
    """

    name: str
    zh: str
    en: str
    scope: Scope
    personal: bool
    shape: str
    family: str


def _kind(scope: Scope, shape: str, name: str, zh: str, en: str, family: str) -> Kind:
    return Kind(name, zh, en, scope, False, shape, family or name.rpartition("_")[2])


def _of_bid(shape: str, name: str, zh: str, en: str, family: str = "") -> Kind:
    return _kind(Scope.BID, shape, name, zh, en, family)


def _of_firm(shape: str, name: str, zh: str, en: str, family: str = "") -> Kind:
    return _kind(Scope.FIRM, shape, name, zh, en, family)


def _personal(kind: Kind) -> Kind:
    return kind._replace(personal=True)


PARTY = "party"
"""Family of everybody who acts: people by their id, firms by their code, either by a name."""

KINDS: dict[str, Kind] = {
    k.name: k
    for k in (
        # Devices, networks and sessions
        _of_bid("code", "author_mac", "制作设备MAC地址", "MAC address of the authoring device"),
        _of_bid("code", "author_cpu", "制作设备CPU序列号", "CPU id of the authoring device"),
        _of_bid("code", "author_disk", "制作设备硬盘序列号", "disk serial of the authoring device"),
        _of_bid("code", "author_board", "制作设备主板号", "board id of the authoring device"),
        _of_bid("code", "author_memory", "制作设备内存序列号", "memory serial of the authoring device"),
        _of_bid("code", "upload_mac", "上传设备MAC地址", "MAC address of the uploading device"),
        _of_bid("code", "upload_cpu", "上传设备CPU序列号", "CPU id of the uploading device"),
        _of_bid("code", "upload_disk", "上传设备硬盘序列号", "disk serial of the uploading device"),
        _of_bid("text", "download_ip", "下载IP", "IP address at download"),
        _of_bid("text", "upload_ip", "上传IP", "public IP address at upload"),
        _of_bid("text", "decrypt_ip", "解密IP", "IP address at decryption"),
        _of_bid("text", "download_subnet", "下载网段", "subnet at download"),
        _of_bid("text", "upload_subnet", "上传网段", "subnet at upload"),
        _of_bid("text", "upload_lan", "上传内网地址", "LAN address at upload"),
        _of_bid("text", "download_browser", "下载浏览器指纹", "browser at download"),
        _of_bid("text", "upload_browser", "上传浏览器指纹", "browser at upload"),
        _of_bid("text", "upload_session", "上传会话", "session of the upload"),
        _personal(_of_bid("text", "account_user", "平台账号", "platform account")),
        # Files
        _of_bid("code", "boq_lock", "造价软件加密锁号", "pricing-software lock"),
        _of_bid("code", "file_id", "文件创建标识码", "file creation id"),
        _of_bid("code", "pdf_id", "PDF文档标识", "identifier of a PDF file", "pdf"),
        _of_bid("code", "revision_id", "文档修订标识", "revision id of a word-processor file", "revision"),
        _of_bid("code", "file_hash", "投标文件校验值", "checksum of the whole bid file"),
        _of_bid("code", "attachment_hash", "附件校验值", "checksum of an attachment"),
        # Certificates
        _of_bid("code", "ca_key", "CA锁号", "CA key"),
        _of_bid("code", "ca_subject", "CA证书主体", "firm that the CA certificate names", PARTY),
        _personal(_of_firm("code", "ca_handler", "CA证书经办人",
                           "person who applied for the CA certificate", PARTY)),
        _of_firm("text", "ca_point", "CA证书办理网点", "service point that issued the CA certificate"),
        # Money
        _personal(_of_bid("code", "deposit_account", "保证金转出账户", "account that paid the deposit")),
        _personal(_of_bid("code", "deposit_payer", "保证金付款人", "payer of the deposit", PARTY)),
        _of_bid("text", "deposit_branch", "保证金付款网点", "bank branch that paid the deposit"),
        _personal(_of_bid("code", "refund_account", "保证金退款账户", "account that received the refund")),
        _personal(_of_bid("code", "refund_collector", "保证金领退人",
                          "person who collected the refund", PARTY)),
        _personal(_of_firm("code", "basic_account", "基本账户", "basic bank account")),
        _personal(_of_bid("code", "guarantee_account", "保函保费账户",
                          "account that paid for the guarantee")),
        _personal(_of_bid("digits", "guarantee_proposer", "保函申请人电话",
                          "telephone of the guarantee's proposer",
                          "phone")),
        _of_bid("text", "guarantee_insurer", "保函出具机构", "issuer of the guarantee"),
        _personal(_of_bid("code", "purchase_account", "购标账户",
                          "account that paid for the tender documents")),
        _of_bid("code", "purchase_order", "购标订单号", "order under which the tender documents were bought"),
        # People and contacts
        _personal(_of_bid("code", "agent", "委托代理人", "authorised agent", PARTY)),
        _personal(_of_bid("code", "operator", "经办人", "person who handled the bid", PARTY)),
        _personal(_of_bid("code", "project_manager", "项目负责人", "project manager", PARTY)),
        _personal(_of_bid("code", "team_member", "项目成员", "project team member", PARTY)),
        _personal(_of_bid("text", "team_member_name", "项目成员姓名", "name of a project team member")),
        _personal(_of_bid("code", "cert_no", "执业证书编号", "certificate number of a project team member",
                          "certificate")),
        _of_bid("code", "insured_by", "社保缴纳单位",
                "employer that pays a team member's social insurance", PARTY),
        _personal(_of_firm("digits", "phone", "联系电话", "telephone")),
        _personal(_of_firm("text", "email", "电子邮箱", "e-mail")),
        _of_firm("text", "address", "地址", "address"),
        # Registration and ownership
        _personal(_of_firm("code", "legal_rep", "法定代表人", "legal representative", PARTY)),
        _personal(_of_firm("text", "legal_rep_name", "法定代表人姓名", "name of the legal representative")),
        _personal(_of_firm("code", "shareholder", "股东", "shareholder", PARTY)),
        _personal(_of_firm("code", "director", "董事监事高管", "director or officer", PARTY)),
        _personal(_of_firm("code", "registration_agent", "工商登记代办人",
                           "person who registered the firm", PARTY)),
        _personal(_of_firm("digits", "registration_phone", "工商登记电话", "telephone at registration")),
        _personal(_of_firm("text", "registration_email", "工商登记邮箱", "e-mail at registration")),
    )
}  # fmt: skip
"""What each kind stands for, where its name does not say it:

* `ca_point`, `deposit_branch`, `guarantee_insurer`: with `sequence`, the number of the certificate,
  of the bank transaction or of the guarantee in the series of that point, branch or issuer, and
  `observed_at`, when it was made (rules E12, M03, M05).
* `insured_by`: one row per employer of the people whom a bid names; its own staff make the bidder
  hold its own code, so that staff insured by a rival are a shared value (rules P07).
* `download_subnet`, `upload_subnet`: made at import from the addresses (see `records.subnets`).
"""


def kind_words(kind: str, kind_b: str | None, lang: str) -> str:
    """What a shared value is called in `en` or `zh`; one in two roles by both.

    >>> kind_words("deposit_account", "basic_account", "en")
    'account that paid the deposit / basic bank account'
    """
    told = [KINDS[k] for k in (kind, kind_b) if k]
    return " / ".join(k.zh if lang == "zh" else k.en for k in told)


_OF_THEIR_OWN = ("download_", "decrypt_", "deposit_", "refund_", "guarantee_", "purchase_")
"""Kinds of a bid that show before its upload or after it."""


def comes_with_bid(name: str) -> bool:
    """Whether a kind shows when the bid is sent, so that the time of the upload is its time.

    >>> [comes_with_bid(k) for k in ("upload_ip", "author_mac", "deposit_account", "download_ip")]
    [True, True, False, False]
    """
    return not name.startswith(_OF_THEIR_OWN)
