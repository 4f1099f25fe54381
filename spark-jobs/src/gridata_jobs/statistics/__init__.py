"""Statistics over stored numbers, without an engine: is a metric's new value odd, has a distribution moved?"""
