"""The rule language: read, check, evaluate, plan. Pure: handed texts, values and moments; no file, network or clock."""
