// Stands in until the first sources are here.
