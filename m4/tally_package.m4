# TALLY_PACKAGE(VARIABLE, PKG-CONFIG MODULES, DEBIAN PACKAGE): find a library or say which package has it.
AC_DEFUN([TALLY_PACKAGE], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 not found. On Debian: apt-get install $3])])
])

# TALLY_HEADER(HEADER, DEBIAN PACKAGE): the same for a library that is a header alone.
AC_DEFUN([TALLY_HEADER], [
  AC_CHECK_HEADER([$1], [], [AC_MSG_ERROR([$1 not found. On Debian: apt-get install $2])])
])
