# unit tests of bridge
