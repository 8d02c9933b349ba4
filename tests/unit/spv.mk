# unit tests of spv
