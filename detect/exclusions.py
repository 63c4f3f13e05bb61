"""FX01..FX18: innocent reasons that are checked before a hit, and printed with it.

Some are predicates over `shared_values` rows: a row that one of them explains is left out when ties
are built for judging. The others hold by construction or are enforced elsewhere; each says where.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import polars as pl

from detect.rule import FREE_PRICE, Rule
from features.catalogue import Grain
from features.tie.crossed import CROSSINGS
from records.kinds import KINDS, Scope
from records.tables import Listing, Market

UNRELATED_HOLDERS = 20
"""Firms on one address before it is taken for a shared network (rules FX03), or on one
pricing-software lock before it is taken for a cracked licence (rules E04); a choice, to be tuned."""

LISTINGS = {
    Listing.CENTRE_DEVICE: "FX02", Listing.SHARED_NETWORK: "FX03", Listing.SENTINEL: "FX04",
    Listing.BUYER_FILE: "FX05", Listing.PLATFORM_ACCOUNT: "FX08",
}  # fmt: skip
"""The exclusion that reads each list."""

RELATIONS = "relations"
"""Name under which `on_record` lists ownership relations."""

NAMES = {
    Listing.CENTRE_DEVICE: ("list of the trading centre's devices and networks", "交易中心设备和网络清单"),
    Listing.SHARED_NETWORK: ("list of shared networks", "共享网络清单"),
    Listing.BUYER_FILE: ("list of the devices and locks of buyers' files", "招标人文件的锁号与设备清单"),
    Listing.PLATFORM_ACCOUNT: ("list of platform accounts and agents", "平台账户与中介清单"),
    RELATIONS: ("ownership relations", "股权关系"),
}  # fmt: skip
"""What exclusions need, as a sentence calls it, in English and Chinese."""


class Enforced(StrEnum):
    """Where an exclusion is applied."""

    VALUES = "values"
    RECORDS = "records"
    RULES = "rules"
    NOWHERE = "nowhere"


class Outcome(StrEnum):
    """What became of an exclusion in one hit."""

    NOT_SO = "checked, does not fit here"
    PARTLY = "checked, explains some of the shared values, not all"
    CONSTRUCTION = "cannot arise here"
    NOT_CHECKABLE = "could not be checked"


_OUTCOME_ZH = {
    Outcome.NOT_SO: "已核查，不成立",
    Outcome.PARTLY: "已核查，可解释部分共用值，不能解释全部",
    Outcome.CONSTRUCTION: "不存在这种情形",
    Outcome.NOT_CHECKABLE: "未能核查",
}


class Checked(NamedTuple):
    """An exclusion and what became of it, in words; `why` is empty where the outcome says it all."""

    code: str
    text: str
    outcome: str
    why: str


class Exclusion(NamedTuple):
    """One innocent reason.

    `kinds` are the identifier kinds that it speaks of, `explains` the predicate over rows of
    `shared_values` where there is one. `needs` names the lists without which it cannot be checked.
    `concerns` tells whether a rule has to answer to it, `why` in few words, in English and Chinese, why a hit
    is none of it, or for one that is enforced nowhere, why that is not known; `unlisted` what can be said
    without these lists.
    """

    code: str
    en: str
    zh: str
    enforced: Enforced
    how: str
    concerns: Callable[[Rule], bool]
    why: tuple[str, str]
    kinds: frozenset[str] = frozenset()
    explains: Callable[[], pl.Expr] | None = None
    needs: frozenset[str] = frozenset()
    unlisted: tuple[str, str] = ("there is no such list on record", "缺少相应清单")


def shared_kinds(rule: Rule) -> frozenset[str]:
    """Identifier kinds whose sharing, or crossing with other kinds, the rule reads.

    >>> from detect.rule import all_rules
    >>> sorted(shared_kinds(all_rules()["E08"]))
    ['upload_ip', 'upload_lan', 'upload_mac']
    """
    inputs = frozenset(rule.inputs)
    crossing = {k for name in inputs & CROSSINGS.keys() for p in CROSSINGS[name].pairs for k in p}
    return frozenset(k for k in KINDS if f"shared_{k}" in inputs) | crossing


def _kinds(*endings: str) -> frozenset[str]:
    return frozenset(k for k in KINDS if k.endswith(endings))


def _value(
    code: str,
    en: str,
    zh: str,
    how: str,
    kinds: frozenset[str],
    explains: Callable[[], pl.Expr],
    *needs: str,
    why: tuple[str, str],
) -> Exclusion:
    return Exclusion(
        code, en, zh, Enforced.VALUES, how, lambda r: bool(kinds & shared_kinds(r)), why, kinds, explains,
        frozenset(needs),
    )  # fmt: skip


def _listed(listing: Listing) -> pl.Expr:
    return (pl.col("listing") == listing.value).fill_null(False)


_FIRM = frozenset(k.name for k in KINDS.values() if k.scope == Scope.FIRM)
_PEOPLE = _kinds(
    "legal_rep", "_name", "project_manager", "team_member", "agent", "director", "operator", "_handler",
    "_collector",
)  # fmt: skip
_HARDWARE = _kinds("_mac", "_cpu", "_disk", "_board", "_memory")
_NAMES = _kinds("_name")
_LOCK = frozenset({"boq_lock"})
_OWNERSHIP = frozenset(
    {"control_share", "direct_share", "common_owners", "ownership_component", "buyer_share", "agency_share"}
)
"""Columns made of chains of ownership, which stop at the State and hold at the deadline."""

EXCLUSIONS = (
    _value("FX01", "members of one consortium bid", "同一联合体成员",
           "pairs that stand behind one bid and no other", frozenset(KINDS), lambda: pl.col("joint_bid"),
           why=("each bids for itself", "各自单独投标"))
    ._replace(concerns=lambda r: bool(shared_kinds(r)) or bool(_OWNERSHIP & set(r.inputs))),
    _value("FX02", "trading-centre device or network", "交易中心设备或网络", "list of centre devices",
           _HARDWARE | _kinds("_ip", "_subnet", "_lan"), lambda: _listed(Listing.CENTRE_DEVICE),
           Listing.CENTRE_DEVICE,
           why=("not on the list of the centre's devices and networks", "不在交易中心设备和网络清单中")),
    _value("FX03", "shared network exit", "共享出口网络",
           f"list of shared networks, or {UNRELATED_HOLDERS} and more bidders seen on the address",
           _kinds("_ip", "_subnet"),
           lambda: _listed(Listing.SHARED_NETWORK) | (pl.col("holders") >= UNRELATED_HOLDERS),
           Listing.SHARED_NETWORK,
           why=("not on the list, and few firms used the address", "不在清单中，使用该地址的企业也不多"))
    ._replace(unlisted=("there is no such list on record; few firms used the address",
                        "缺少相应清单；使用该地址的企业不多")),
    _value("FX04", "placeholder value", "占位值", "placeholders are dropped at import; list of further ones",
           frozenset(KINDS), lambda: _listed(Listing.SENTINEL),
           why=("a value of its own, none that only fills a place", "是实际的值，不是占位值")),
    _value("FX05", "device or lock of the buyer's published file", "招标人控制价文件的锁号或硬件",
           "list of devices and locks of buyers' files", _HARDWARE | _LOCK | _kinds("file_id", "_hash"),
           lambda: _listed(Listing.BUYER_FILE), Listing.BUYER_FILE,
           why=("not on the list of the buyer's devices and locks", "不在招标人文件的锁号和设备清单中")),
    Exclusion("FX06", "text of the tender document or a common template", "招标文件或通用模板文字",
              Enforced.NOWHERE, "documents are not compared yet", lambda r: r.family == "D",
              ("documents are not compared yet", "尚未比对文件内容")),
    Exclusion("FX07", "items that are not open to competition", "不可竞争清单项", Enforced.NOWHERE,
              "bill items are not compared yet", lambda r: r.family == "D",
              ("bill items are not compared yet", "尚未比对清单项")),
    _value("FX08", "legitimately shared intermediary", "合法共用的中介",
           f"list of platform accounts; locks seen with more than {UNRELATED_HOLDERS} bidders",
           _kinds("_account", "_user", "boq_lock", "ca_key", "_handler", "_point", "_branch", "_insurer",
                  "phone", "email", "address", "_payer", "_collector", "_proposer", "_order", "operator",
                  "insured_by", "registration_agent"),
           lambda: _listed(Listing.PLATFORM_ACCOUNT)
           | (pl.col("kind").is_in(list(_LOCK)) & (pl.col("holders") > UNRELATED_HOLDERS)),
           Listing.PLATFORM_ACCOUNT,
           why=("not on the list of agents and platforms", "不在中介和平台清单中")),
    _value("FX09", "common control only through the State", "仅因国家控股而存在关联",
           "both firms are recorded as owned by the State at the deadline; chains stop at the State",
           frozenset({"shareholder"}), lambda: pl.col("both_state_owned"), RELATIONS,
           why=("the two are not both owned by the State", "双方并非均为国有"))
    ._replace(concerns=lambda r: "shared_shareholder" in r.inputs or bool(_OWNERSHIP & set(r.inputs))),
    Exclusion("FX10", "thin market", "市场主体过少", Enforced.RULES, "condition of the rule",
              lambda r: r.grain == Grain.GROUP or any(c.endswith("thin_market") for c in r.reads),
              ("there are enough other firms in this market", "该市场有足够多的其他企业")),
    Exclusion("FX11", "fixed price, fee rate or lottery", "固定价、费率或抽签", Enforced.RULES,
              "the rule does not apply under these award mechanisms",
              lambda r: r.mechanisms is not None and r.mechanisms <= FREE_PRICE,
              ("bidders set their prices themselves here", "本项目由投标人自主报价")),
    Exclusion("FX12", "different lots", "不同标段", Enforced.RECORDS, "bids are compared within one lot only",
              lambda r: r.grain in (Grain.TIE, Grain.BID) and r.point != "T8",
              ("both bid for this very lot", "均投本标段")),
    Exclusion("FX13", "relation disclosed and judged acceptable", "已披露并认定可接受的关系",
              Enforced.NOWHERE, "earlier findings on record carry no scope and expiry",
              lambda r: r.grain == Grain.TIE,
              ("what was accepted before is not on a list", "以往认可的关系没有清单")),
    Exclusion("FX14", "relation not in force at the deadline", "截止时关系未生效", Enforced.RECORDS,
              "values of firms are joined as of the deadline",
              lambda r: bool(_FIRM & shared_kinds(r)) or bool(_OWNERSHIP & set(r.inputs)),
              ("only what held at the deadline counts", "只计截止时有效的关系")),
    Exclusion("FX15", "person matched by name only", "仅姓名相同", Enforced.RECORDS,
              "names have kinds of their own and give INFO at most",
              lambda r: bool(_PEOPLE & shared_kinds(r)),
              ("people are matched by their ids, not by names", "按证件号匹配，不按姓名")),
    Exclusion("FX16", "insufficient data", "数据不足", Enforced.RULES, "the rule is then not evaluable",
              lambda _: True,
              ("what the rule needs is on record", "规则所需数据齐全")),
    Exclusion("FX17", "renewed upload by the same bidder", "同一投标人重新上传", Enforced.RECORDS,
              "a replaced upload is one bid, and two bids of one firm are no tie",
              lambda r: r.grain in (Grain.TIE, Grain.BID),
              ("they are different bidders", "不是同一投标人")),
    Exclusion("FX18", "shared consultant that does not prepare bids", "不参与编标的共同服务机构",
              Enforced.NOWHERE, "explanations are heard in the case",
              lambda r: bool(shared_kinds(r) & (_PEOPLE | _kinds("phone", "email", "address", "_ip"))),
              ("to be asked in the case", "须在核查中听取说明")),
)  # fmt: skip


def judged(shared_values: pl.LazyFrame, relations: pl.LazyFrame) -> pl.LazyFrame:
    """Add `exclusion`: the first code that explains the row, null where none does.

    Rows of `crossed_values` have a second kind in `kind_b`; what explains either side explains the row. The
    State as common shareholder shows in equal kinds only: two roles at two bidders are more than that.
    """
    crossed = "kind_b" in shared_values.collect_schema()
    sides = ["kind", "kind_b"] if crossed else ["kind"]
    owners = pl.lit(False).alias("both_state_owned")
    told = shared_values.with_columns(owners) if crossed else _with_state_owners(shared_values, relations)
    return told.with_columns(
        pl.coalesce(
            pl.when(pl.any_horizontal(pl.col(sides).is_in(list(x.kinds))) & x.explains()).then(pl.lit(x.code))
            for x in EXCLUSIONS
            if x.explains
        ).alias("exclusion")
    )


def lists_for(kind: str) -> list[Listing]:
    """The lists that can explain a shared value of a kind away.

    >>> [x.value for x in lists_for("upload_ip")]
    ['centre_device', 'shared_network', 'sentinel']
    """
    kinds = {x.code: x.kinds for x in EXCLUSIONS}
    return [listing for listing, code in LISTINGS.items() if kind in kinds[code]]


def applicable(rule: Rule) -> list[Exclusion]:
    """The exclusions that a hit of this rule has to answer to, by code.

    >>> from detect.rule import all_rules
    >>> [x.code for x in applicable(all_rules()["M01"])]
    ['FX01', 'FX04', 'FX08', 'FX12', 'FX13', 'FX16', 'FX17']
    """
    return [x for x in EXCLUSIONS if x.concerns(rule)]


def on_record(market: Market) -> frozenset[str]:
    """Lists that the market brings: the `Listing` names in use, and `relations` if there are any."""
    listings = market.known_values.select(pl.col("listing").cast(pl.String).unique()).collect()
    relations = {RELATIONS} if market.relations.head(1).collect().height else set()
    return frozenset(listings["listing"]) | relations


def unchecked(rule: Rule, lists: frozenset[str]) -> list[str]:
    """Lists that the rule's exclusions need and that are not among `lists`; with any, nothing is RED.

    >>> from detect.rule import all_rules
    >>> unchecked(all_rules()["E04"], frozenset({"buyer_file"}))
    ['platform_account']
    """
    return sorted({str(need) for x in applicable(rule) for need in x.needs} - lists)


def outcomes(rule: Rule, facts: pl.DataFrame, lang: str, lists: frozenset[str]) -> list[Checked]:
    """What became of every applicable exclusion in one hit, in `en` or `zh`.

    `facts` are the rows of `Verdicts.facts` for the hit's tender and subjects, `lists` what
    `on_record` found.
    """
    shared = facts.filter(pl.col("kind").is_in(list(shared_kinds(rule))))
    explained = set(shared["exclusion"].drop_nulls())
    people = _PEOPLE & set(shared["kind"])
    return [
        _by_name_only(x, lang)
        if x.code == "FX15" and people and people <= _NAMES
        else _checked(x, _outcome(x, explained, lists), lists, lang)
        for x in applicable(rule)
    ]


def _by_name_only(exclusion: Exclusion, lang: str) -> Checked:
    """What becomes of FX15 where only names agree: whether they are one person is the question."""
    outcome = Outcome.NOT_CHECKABLE
    if lang == "zh":
        return Checked(exclusion.code, exclusion.zh, _OUTCOME_ZH[outcome], "仅姓名一致，是否同一人不明")
    why = "only the names agree; whether they are one person is not known"
    return Checked(exclusion.code, exclusion.en, outcome.value, why)


def _checked(exclusion: Exclusion, outcome: Outcome, lists: frozenset[str], lang: str) -> Checked:
    why = {Outcome.PARTLY: ("", "")}.get(outcome, exclusion.why)
    if outcome == Outcome.NOT_CHECKABLE and not exclusion.needs <= lists:
        why = exclusion.unlisted
    if lang == "zh":
        return Checked(exclusion.code, exclusion.zh, _OUTCOME_ZH[outcome], why[1])
    return Checked(exclusion.code, exclusion.en, outcome.value, why[0])


def _outcome(exclusion: Exclusion, explained: set[str], lists: frozenset[str]) -> Outcome:
    if exclusion.code in explained:
        return Outcome.PARTLY
    if exclusion.enforced == Enforced.NOWHERE or not exclusion.needs <= lists:
        return Outcome.NOT_CHECKABLE
    return Outcome.CONSTRUCTION if exclusion.enforced == Enforced.RECORDS else Outcome.NOT_SO


def _with_state_owners(shared_values: pl.LazyFrame, relations: pl.LazyFrame) -> pl.LazyFrame:
    """Add `both_state_owned`: each firm was recorded as owned by the State at the deadline."""
    owned = relations.filter(pl.col("kind") == "state_owned_by").select(
        "from_id", since="valid_from", until="valid_to"
    )
    ties = shared_values.select("tender_id", "bidder_a", "bidder_b", "deadline_at").unique()
    began = (pl.col("since") <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("until") <= pl.col("deadline_at")).fill_null(False)
    for side in ("bidder_a", "bidder_b"):
        held = ties.join(owned, left_on=side, right_on="from_id").filter(began & ~ended)
        ties = ties.join(held, on=["tender_id", "bidder_a", "bidder_b"], how="semi")
    keys = ["tender_id", "bidder_a", "bidder_b"]
    marked = ties.select(*keys, both_state_owned=pl.lit(True)).unique()
    return shared_values.join(marked, on=keys, how="left").with_columns(
        pl.col("both_state_owned").fill_null(False)
    )
