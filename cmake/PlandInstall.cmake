# What `cmake --install` puts where, and the packages that CPack makes of it (./dev package).
include(GNUInstallDirs)

# What the program prints about itself: it cannot differ from the program.
set(texts ${CMAKE_BINARY_DIR}/texts)
find_program(PLAND_GZIP gzip REQUIRED)
add_custom_command(
  OUTPUT ${texts}/pland.1.gz ${texts}/pland.bash ${texts}/_pland ${texts}/pland.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${texts}
  COMMAND $<TARGET_FILE:pland> manual > ${texts}/pland.1
  COMMAND ${PLAND_GZIP} -9nf ${texts}/pland.1
  COMMAND $<TARGET_FILE:pland> completions bash > ${texts}/pland.bash
  COMMAND $<TARGET_FILE:pland> completions zsh > ${texts}/_pland
  COMMAND $<TARGET_FILE:pland> completions fish > ${texts}/pland.fish
  DEPENDS pland
  COMMENT "Writing the manual page and the completions"
  VERBATIM)
add_custom_target(pland_texts ALL
  DEPENDS ${texts}/pland.1.gz ${texts}/pland.bash ${texts}/_pland ${texts}/pland.fish)

install(TARGETS pland RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS pland-supervisor RUNTIME DESTINATION libexec/pland)
install(FILES ${texts}/pland.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${texts}/pland.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME pland)
install(FILES ${texts}/_pland DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${texts}/pland.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN recording EXCLUDE)
install(DIRECTORY editors DESTINATION ${CMAKE_INSTALL_DATADIR}/pland)

set(CPACK_PACKAGE_NAME pland)
set(CPACK_PACKAGE_VENDOR "the pland authors")
set(CPACK_PACKAGE_CONTACT "the pland authors <pland@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "language server for plans of parallel subplans")
set(CPACK_PACKAGE_DESCRIPTION
  "pland runs the subplans of a plan file side by side, each in an isolated copy of
the repository, merges their results three-way, and shows conflicts and failures
as diagnostics with quick fixes in any editor that speaks LSP.")
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SYSTEM_NAME ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "git (>= 1:2.38)")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
include(CPack)
