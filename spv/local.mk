# files of spv/
