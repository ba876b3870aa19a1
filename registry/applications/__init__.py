"""Applications of agencies for data of others, from the draft to the decision."""
