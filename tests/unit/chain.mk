# unit tests of chain
