from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import hifbench.methods
from hifbench.bench import experiment as experiments
from hifbench.bench import overrides
from hifbench.errors import UsageError
from hifbench.methods import METHODS

HEAD = 'title = "T"\nmethods = ["average"]\n'
DATA = '[[datasets]]\nname = "folder"\n'


@pytest.mark.parametrize("name", experiments.built_in_names())
def test_every_built_in_experiment_is_valid(name: str) -> None:
    assert experiments.load(name)[1].chosen_methods()


def test_demo_runs_every_method_that_runs_as_installed() -> None:
    rows = [choice.row for choice in experiments.load("demo")[1].chosen_methods()]
    built_in = [name for name, entry in METHODS.entries.items() if entry.source == "hifbench"]
    assert rows[:2] == ["visible", "infrared"]
    shipped = {path.stem for path in (Path(hifbench.methods.__file__).parent / "weights").glob("*.safetensors")}
    cards = [METHODS.get(name).card for name in built_in]
    assert {"auif", "didfuse", "derun", "derun-printed"} <= shipped
    assert sorted(rows) == sorted(
        card.name
        for card in cards
        if not card.slow and not card.needs_results and (not card.needs_weights or card.name in shipped)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "metric = ['EN']\n" + DATA, r"X: unknown key 'metric'; did you mean 'metrics'\? allowed keys: title, "),
        (HEAD + '[[datasets]]\nnmae = "tno"\n', r"X: unknown key 'datasets.0.nmae'; did you mean 'name'\?"),
        (HEAD, r"X: key 'datasets' is missing"),
        (HEAD + "seed = -1\n" + DATA, r"X: key 'seed': input should be greater than or equal to 0, not -1"),
        (HEAD + "chunk = 33\n" + DATA, r"X: key 'chunk': input should be less than or equal to 32"),
        (HEAD + "metrics = ['ENN']\n" + DATA, r"X: unknown metric 'ENN'; did you mean EN"),
        (HEAD + '[[datasets]]\nname = "tnoo"\n', r"X: unknown data set 'tnoo'; did you mean .*tno"),
        ('title = "T"\nmethods = ["averag"]\n' + DATA, r"X: unknown method 'averag'; did you mean average"),
        ('title = "T"\nmethods = ["average", "average"]\n' + DATA, r"X: method 'average' is named twice"),
        (HEAD + DATA + '[[degradations]]\nname = "fogg"\nseverities = [1]\n', r"X: unknown degradation 'fogg'"),
        (
            HEAD + DATA + '[[degradations]]\nname = "rain"\nseverities = [-1]\n',
            r"X: (unknown degradation|key 'degradations.0.severities.0': input should be greater than or equal to 0)",
        ),
        (HEAD + 'metrics = ["EN", "en"]\n' + DATA, r"X: metric 'EN' is named twice; name it once"),
        (HEAD + DATA + DATA, r"X: data set 'folder' is named twice; give one another 'label'"),
        (HEAD + 'conventions = ["default", "default"]\n' + DATA, r"X: convention 'default' is named twice"),
        (HEAD + 'metrics = "EN"\n' + DATA, r"X: key 'metrics': input should be a valid list, such as '\[\"a\""),
        (HEAD + "datasets = [\n", r"X is no valid TOML: Invalid value \(at end of document\)"),
    ],
)
def test_a_fault_in_a_file_names_file_key_and_remedy(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        experiments.parse(text, "X")
    assert "\n" not in str(caught.value)


def test_a_misspelt_experiment_and_an_unreadable_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown experiment 'tabel1'; did you mean 'table1'\?"):
        experiments.load("tabel1")
    with pytest.raises(UsageError, match=r"nowhere\.toml cannot be read"):
        experiments.load(str(tmp_path / "nowhere.toml"))


def test_overrides_change_what_they_name_and_nothing_else() -> None:
    _, table1 = experiments.load("table1")
    changed = overrides.override(
        table1,
        methods=["wavelet", "AVERAGE"],
        datasets=["tno"],
        settings=["seed=7", "wavelet.levels=2", 'wavelet.wavelet="haar"', 'conventions=["default"]', 'metrics=["EN"]'],
    )
    assert [choice.row for choice in changed.chosen_methods()] == ["wavelet", "average"]
    assert changed.chosen_methods()[0].options == {"levels": 2, "wavelet": "haar"}
    assert [(choice.name, choice.split) for choice in changed.datasets] == [("tno", "test")]
    assert (changed.seed, changed.metrics, changed.title) == (7, ["EN"], table1.title)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sed=1", "unknown key 'sed'; did you mean 'seed'"),
        ("seed", "write key=value"),
        ("auiff.levels=3", "no method 'auiff' in this run"),
        ("seed=many", "key 'seed': .*not 'many'"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        overrides.override(experiments.load("table1")[1], settings=[setting])


def test_table2_small(hifbench, tmp_path: Path) -> None:
    """The medical tables' experiment on drawn pairs: colour rides along, and a row says which weights it has."""
    done = hifbench("run", "table2", "--datasets", "synthetic", "--limit", 1, "--methods", "visible,average,derun",
                    "--keep-fused")  # fmt: skip
    assert done.status == 0, done.err
    assert "derun (TNO weights)" in done.out
    fused = next((tmp_path / "runs" / "table2" / "fused").rglob("average/*.png"))
    with Image.open(fused) as picture:
        assert picture.mode == "RGB"


def test_table2_runs_on_the_real_sets(hifbench, shared: Path) -> None:
    done = hifbench("run", "table2", "--data", shared / "data", "--limit", 1, "--methods", "visible,average")
    assert done.status == 0, done.err
    for name in ("harvard-pet", "harvard-spect", "gfp-pc"):
        assert name in done.out
