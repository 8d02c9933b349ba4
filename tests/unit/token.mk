# unit tests of token
