# files of chain/
