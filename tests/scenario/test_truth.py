"""The truth test of a city: sealed answers to random queries are true or undecided."""

from exchange.demo.city import City
from exchange.demo.questioning import question
from exchange.demo.truth import known_truth, sheets
from exchange.node.descriptions import load_descriptions

QUESTIONS = 20_000


async def test_no_sealed_answer_differs_from_the_truth(city: City) -> None:
    truth = known_truth(city.people, city.seed, city.today)
    catalogue = {item.catalogue.id: item.catalogue for item in load_descriptions(city.data / "datasets")}

    async with city.client("data-quality") as client:
        tally = await question(client, sheets(truth, catalogue, seed=1, size=100), QUESTIONS)
        assert tally.wrong == []
        assert tally.asked >= QUESTIONS
        assert tally.right > 0.7 * tally.asked, tally.unknown
