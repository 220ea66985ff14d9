"""Recipes: what a file may say, and what the built-in ones do."""

import tomllib
from pathlib import Path

import pytest

from train.recipe import RECIPES, Recipe, RecipeError, built_in, load_recipe, recipe_for


@pytest.mark.parametrize("name", built_in())
def test_every_built_in_recipe_can_be_read(name: str) -> None:
    assert load_recipe(RECIPES / f"{name}.toml").name == name


def test_the_recipes_that_are_promised_are_there() -> None:
    assert {"mini", "rinna", "elyza", "generic", "article", "article-lora"} <= set(built_in())


@pytest.mark.parametrize("name", ["mini", "rinna", "elyza", "generic"])
def test_a_recipe_says_every_field_and_explains_it(name: str) -> None:
    text = (RECIPES / f"{name}.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    optional = {"name", "sampling", "raw_lines", "end_token"}
    assert set(Recipe.model_fields) - optional <= set(said)


def test_a_base_without_its_own_recipe_gets_the_generic_one() -> None:
    assert recipe_for("someone/some-model").name == "generic"
    assert recipe_for("rinna").name == "rinna"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("learning_rat = 1e-4", "there is no field 'learning_rat'"),
        ("learning_rate = -1\nbatch = 0", r"'learning_rate' is wrong.*'batch' is wrong"),
        ("[adapter]\nr = 0", r"adapter\.r"),
        ("[sampling]\ntemperatur = 1", "'sampling' is wrong: there is no field 'temperatur'"),  # could not be served
    ],
)
def test_every_wrong_field_is_named_with_its_table_before_anything_is_tuned(
    tmp_path: Path, toml: str, told: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(RecipeError, match=told):
        load_recipe(path)


def test_a_missing_file_and_broken_toml_are_one_sentence_each(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("r = ", encoding="utf-8")
    with pytest.raises(RecipeError, match="not readable TOML"):
        load_recipe(tmp_path / "broken.toml")
    with pytest.raises(RecipeError, match="does not exist"):
        load_recipe(tmp_path / "absent.toml")


def test_steps_show_each_utterance_in_each_view_and_stay_below_the_limit() -> None:
    recipe = Recipe(name="r", batch=16, epochs=4, max_steps=300)
    assert recipe.num_steps(124) == 93
    assert recipe.num_steps(5000) == 300
    assert recipe.num_steps(1) == 1


def test_equal_recipes_have_equal_digests_and_others_do_not() -> None:
    assert Recipe(name="r").digest() == Recipe(name="r").digest()
    assert Recipe(name="r").digest() != Recipe(name="r", learning_rate=1e-3).digest()


@pytest.mark.parametrize("name", ["article", "article-lora"])
def test_the_original_experiment_is_reproduced_in_every_number_it_told(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.toml")
    assert (recipe.learning_rate, recipe.warm_up, recipe.max_steps) == (2e-4, 100, 200)
    assert (recipe.batch, recipe.accumulate, recipe.pad_to) == (4, 4, "data")
    assert (recipe.raw_lines, recipe.keep, recipe.patience) == (True, "last", 0)
    assert (recipe.anchors.neutral, recipe.anchors.persona) == (0, 0)
    assert recipe.num_steps(146) == 200


def test_dora_on_4_bit_weights_is_refused_before_anything_begins(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('method = "qlora"\n[adapter]\nuse_dora = true\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="use lora or full"):
        load_recipe(path)
    path.write_text("[adapter]\nuse_dora = true\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"mine with method qlora: .*use lora or full"):
        load_recipe(path).with_method("qlora")


def test_another_method_leaves_every_other_field(tmp_path: Path) -> None:
    recipe = load_recipe(RECIPES / "elyza.toml")
    assert recipe.with_method("lora") == recipe.model_copy(update={"method": "lora"})
