# files of web/
