"""The engine: takes in, plans, delivers. Handed its connectors, its store and its clock."""
