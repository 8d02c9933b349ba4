# Has libsecp256k1 ElligatorSwift? Version 0.3.2 and up do, unless built without. Without it peers are spoken to in the v1 transport only.
AC_DEFUN([TALLY_ELLSWIFT], [
  saved_CPPFLAGS=$CPPFLAGS
  saved_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $SECP256K1_CFLAGS"
  LIBS="$SECP256K1_LIBS $LIBS"
  AC_CHECK_HEADER([secp256k1_ellswift.h],
    [AC_CHECK_FUNC([secp256k1_ellswift_xdh],
      [AC_DEFINE([HAVE_ELLSWIFT], [1], [libsecp256k1 has ElligatorSwift: the v2 transport (BIP324) is built])])],
    [], [#include <secp256k1.h>])
  CPPFLAGS=$saved_CPPFLAGS
  LIBS=$saved_LIBS
])
