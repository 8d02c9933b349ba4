# files of token/
