import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from detect.commands.model import _with_hits, commands
from detect.explain import explain
from detect.kept import selections
from detect.parties import PARTY_GRAINS
from detect.rule import all_rules
from detect.score import score
from models.champion import load_champion
from models.stack import Stack
from records.simulate import into_store
from records.source import UNREADABLE, BadInput, Raw
from records.store import Store
from records.tables import market_of

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 uses a loader that SQLAlchemy 2.1 announces to remove.
    "ignore:The ``noload`` loader strategy is deprecated:DeprecationWarning"
)

SAMPLE = Path(__file__).parents[3] / "data" / "sample"


def command(*words: str) -> dict[str, object]:
    done = CliRunner().invoke(commands, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    into_store(folder, 400, 5)
    return folder


def test_force_needs_a_reason(workspace: Path) -> None:

    done = CliRunner().invoke(commands, ["promote", "--force", "-w", str(workspace)])

    assert done.exit_code == 2


def test_nothing_trained_and_nothing_scored_name_the_remedy(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There are no records"):
        command("train", "-w", str(tmp_path))
    with pytest.raises(BadInput, match="Nothing has been scored yet"):
        command("drift", "-w", str(workspace))


@pytest.mark.slow
def test_power_states_what_would_be_found(workspace: Path) -> None:
    told = command("power", "-w", str(workspace), "--tenders", "5", "--firms", "3", "--rounds", "1")

    assert told["model"] == "ecod"
    assert "Of 400 tenders with a look at 4" in str(told["statement"])
    assert isinstance(told["table"], list)
    assert [(row["firms"], row["tenders"]) for row in told["table"]] == [(3, 5)]


@pytest.mark.slow
def test_train_promote_and_roll_back_in_a_workspace_without_labels(workspace: Path) -> None:
    first = command("train", "-w", str(workspace))
    command("train", "-w", str(workspace))
    second = command("promote", "-w", str(workspace))
    back = command("rollback", "-w", str(workspace))

    assert (first["champion"], first["table"]) == (True, None)
    assert (second["version"], back["version"]) == (2, 1)


def decisions() -> pl.DataFrame:
    """Courts have decided on every tender of the sample, a month after its deadline."""
    tenders = pl.read_parquet(SAMPLE / "tenders.parquet", columns=["tender_id", "deadline_at"])
    ruled = pl.read_parquet(SAMPLE / "truth" / "tenders.parquet")["tender_id"]
    return tenders.drop_nulls().unique("tender_id").select(
        pl.format("D{}", "tender_id").alias("decision_id"), "tender_id",
        pl.col("tender_id").is_in(ruled.to_list()).alias("collusive"),
        (pl.col("deadline_at") + pl.duration(days=30)).alias("known_at"),
        pl.lit("court").alias("kind"), pl.lit(1.0).alias("strength"),
        pl.lit("truth").alias("source_table"), pl.col("tender_id").alias("source_record"),
    )  # fmt: skip


@pytest.mark.slow
def test_the_stack_is_trained_scores_with_hits_and_explains_an_alert(tmp_path: Path) -> None:
    store = Store.open_or_create(tmp_path)
    store.import_("tables", SAMPLE)
    store.take("truth", [Raw({"decisions": decisions()}, pl.DataFrame(schema=UNREADABLE))])

    trained = command("train", "-w", str(tmp_path), "--model", "stack")
    champion = load_champion(tmp_path)
    assert isinstance(champion, Stack)
    run = score(store.market(), scorer=champion)
    stories = [explain(run, store.market(), t) for t in run.alerts["tender_id"].head(3)]

    assert (trained["name"], trained["champion"]) == ("stack", True)
    assert f"hit Q02.{all_rules()['Q02'].version}" in champion.hits
    assert run.scores["score"].count() > 300
    assert all(story.headline for story in stories)


def test_a_stack_is_given_the_hits_of_every_rule_about_tenders_and_of_no_other(tmp_path: Path) -> None:
    bids = [
        {
            "bid_id": f"b{f}",
            "tender_id": "T",
            "bidder_id": f,
            "amount": 100,
            "status": "valid",
            "batch_id": "b",
        }
        for f in "ABC"
    ]
    tenders = pl.DataFrame({"tender_id": ["T"], "currency": "CNY", "batch_id": "b"})
    market = market_of(tenders=tenders, bids=pl.DataFrame(bids))

    heard = _with_hits(tmp_path, market, tenders)

    of_tenders = {f"hit {r.id}.{r.version}" for r in all_rules().values() if r.grain not in PARTY_GRAINS}
    assert {c for c in heard.columns if c.startswith("hit ")} == of_tenders


def test_models_of_groups_have_nothing_to_train(workspace: Path) -> None:
    done = CliRunner().invoke(commands, ["train", "--model", "coalition", "-w", str(workspace)])

    assert done.exit_code == 2
    assert "nothing to train" in " ".join(done.output.split())


def test_the_chance_of_review_is_the_largest_of_all_runs(tmp_path: Path) -> None:
    assert selections(tmp_path) is None
    for run, chance in (("a", [0.1, None]), ("b", [1.0, None])):
        (tmp_path / "runs" / run).mkdir(parents=True)
        queue = pl.DataFrame({"tender_id": ["T", "U"], "selection": chance})
        queue.write_parquet(tmp_path / "runs" / run / "queue.parquet")

    found = selections(tmp_path)

    assert found is not None
    assert found.rows() == [("T", 1.0)]
