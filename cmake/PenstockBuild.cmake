# Compiler settings shared by every target, and the two functions all folders declare their targets with.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(PENSTOCK_CCACHE ccache)
if(PENSTOCK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PENSTOCK_CCACHE}")
endif()

# mold links the gRPC programs in a second where bfd takes ten; any linker will do.
find_program(PENSTOCK_MOLD mold)
if(PENSTOCK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(penstock_options INTERFACE)
target_compile_options(penstock_options INTERFACE -Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarm on "literal" + std::string: gcc bug 105651, mended in 13.
  target_compile_options(penstock_options INTERFACE -Wno-restrict)
endif()
target_include_directories(penstock_options INTERFACE "${PROJECT_SOURCE_DIR}")

if(PENSTOCK_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
elseif(PENSTOCK_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -g1)
  # gcc says that it does not instrument fences; the code has none of its own, Boost.Asio has one.
  add_compile_options(-Wno-tsan)
  add_link_options(-fsanitize=thread)
elseif(NOT PENSTOCK_SANITIZER STREQUAL "")
  message(FATAL_ERROR "PENSTOCK_SANITIZER is '${PENSTOCK_SANITIZER}': use address, thread or nothing")
endif()

if(PENSTOCK_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PENSTOCK_BUILD_FUZZERS needs clang, for libFuzzer")
  endif()
  # Everything tells the fuzzer where it has been; the fuzz targets alone are linked with its main program (tests/fuzz).
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

# penstock_library(<name> SOURCES <file>... [PUBLIC <target>...] [PRIVATE <target>...])
#
# A static library of one layer or one component of a layer. PUBLIC names what its headers include, PRIVATE what only its
# sources do. Headers are found from the root of the tree: #include "common/hash_key.h". Warnings and that path are for
# this build: whoever links an installed library gets neither.
function(penstock_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC $<BUILD_INTERFACE:penstock_options> ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# penstock_program(<name> SOURCES <file>... LINK <target>...)
#
# A program in build/<preset>/bin.
function(penstock_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE penstock_options ${arg_LINK})
endfunction()

# penstock_client_package(<target>...)
#
# Installs libraries with the client, each penstock_<name> as Penstock::<name>. A static library is of no use without those
# that it links PRIVATE: all that a target here reaches has to be here too, and CMake fails where it is not.
function(penstock_client_package)
  foreach(target IN LISTS ARGN)
    string(REGEX REPLACE "^penstock_" "" name "${target}")
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    # CHECK names its file: as the tree does, not by the folder that this build was made in.
    target_compile_options(${target} PRIVATE "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
    install(TARGETS ${target} EXPORT PenstockTargets
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT client)
  endforeach()
endfunction()
