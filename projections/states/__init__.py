"""The states actors recover: one struct and its pure, total `evolve` per decider."""
