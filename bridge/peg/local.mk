# files of bridge/peg/
