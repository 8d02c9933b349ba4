# unit tests of peg
