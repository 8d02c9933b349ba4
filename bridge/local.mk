# files of bridge/
