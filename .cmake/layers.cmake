# The layers, enforced. `derms_library(NAME x LAYER n ...)` refuses, while configuring, a dependency that does
# not stand lower (or beside it, for the pairs named in DERMS_SIDEWAYS), and adds a link test: the library,
# linked whole into a shared object with nothing but its declared dependencies. tests/tidy checks the includes.
set(DERMS_SIDEWAYS
    "gridcode>domain" "forecast>domain" "dispatch>domain"  # L1 may look sideways to domain only
    "wire_dispatch>wire"                                   # both are libs/wire
    "optimizer_service>solver_workers")                    # both are services/optimizer

set(DERMS_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual
    -Wno-missing-field-initializers  # designated initialisers name what they set; the rest has its default
    -Werror)

function(derms_check_layer name layer)
  foreach(dep IN LISTS ARGN)
    if(NOT TARGET derms_${dep})
      message(FATAL_ERROR "${name} depends on '${dep}', which is no library of ours declared before it")
    endif()
    get_target_property(dep_layer derms_${dep} DERMS_LAYER)
    if(NOT dep_layer LESS layer AND NOT "${name}>${dep}" IN_LIST DERMS_SIDEWAYS)
      message(FATAL_ERROR
        "upward arrow: ${name} (layer ${layer}) may not depend on ${dep} (layer ${dep_layer}); see docs/ARCHITECTURE.md")
    endif()
  endforeach()
endfunction()

# derms_library(NAME base LAYER 0 SOURCES a.cc DEPS base EXTERNAL absl::status TESTS a_test.cc)
function(derms_library)
  cmake_parse_arguments(L "" "NAME;LAYER" "SOURCES;DEPS;EXTERNAL;TESTS;TEST_DEPS;TEST_EXTERNAL" ${ARGN})
  derms_check_layer(${L_NAME} ${L_LAYER} ${L_DEPS})
  set(target derms_${L_NAME})
  add_library(${target} STATIC ${L_SOURCES})
  set_target_properties(${target} PROPERTIES DERMS_LAYER ${L_LAYER})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${DERMS_WARNINGS})
  list(TRANSFORM L_DEPS PREPEND derms_ OUTPUT_VARIABLE deps)
  target_link_libraries(${target} PUBLIC ${deps} ${L_EXTERNAL} Threads::Threads)

  if(DERMS_BUILD_TESTS AND NOT DERMS_SANITIZE)  # sanitizer runtimes leave symbols open on purpose
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${L_NAME}_link_test.cc "")
    add_library(${L_NAME}_link_test SHARED ${CMAKE_CURRENT_BINARY_DIR}/${L_NAME}_link_test.cc)
    target_link_libraries(${L_NAME}_link_test PRIVATE
        -Wl,--no-undefined -Wl,--whole-archive $<TARGET_FILE:${target}> -Wl,--no-whole-archive
        ${deps} ${L_EXTERNAL} Threads::Threads)
    add_dependencies(${L_NAME}_link_test ${target})
    set_target_properties(${L_NAME}_link_test PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/link_tests)
  endif()
  if(L_TESTS)
    derms_test(NAME ${L_NAME}_test SOURCES ${L_TESTS} DEPS ${L_NAME} ${L_TEST_DEPS} EXTERNAL ${L_TEST_EXTERNAL})
  endif()
endfunction()

# derms_test(NAME x_test SOURCES ... DEPS ... [LABEL unit|integration])   GoogleTest binary in build/tests
function(derms_test)
  if(NOT DERMS_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(T "" "NAME;LABEL" "SOURCES;DEPS;EXTERNAL" ${ARGN})
  if(NOT T_LABEL)
    set(T_LABEL unit)
  endif()
  add_executable(${T_NAME} ${T_SOURCES})
  target_compile_options(${T_NAME} PRIVATE ${DERMS_WARNINGS})
  list(TRANSFORM T_DEPS PREPEND derms_)
  target_link_libraries(${T_NAME} PRIVATE ${T_DEPS} ${T_EXTERNAL} GTest::gmock GTest::gtest GTest::gtest_main)
  set_target_properties(${T_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${T_NAME} COMMAND ${T_NAME} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${T_NAME} PROPERTIES LABELS ${T_LABEL})
endfunction()

# Long-lived processes allocate with jemalloc: docs/adr/2026-11-26-jemalloc.md. Sanitizers bring an allocator of their own.
function(derms_allocator target)
  if(NOT DERMS_SANITIZE)
    target_link_libraries(${target} PRIVATE PkgConfig::JEMALLOC)
  endif()
endfunction()

# derms_service(NAME derms-registry SOURCES main.cc DEPS registry_service server)   a binary in build/bin, used by
# nothing. Its folder's logic is a derms_library of layer 4, so that tests can link it; main.cc stands above that.
function(derms_service)
  cmake_parse_arguments(S "" "NAME" "SOURCES;DEPS;EXTERNAL" ${ARGN})
  derms_check_layer(${S_NAME} 5 ${S_DEPS})
  add_executable(${S_NAME} ${S_SOURCES})
  target_include_directories(${S_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${S_NAME} PRIVATE ${DERMS_WARNINGS})
  derms_allocator(${S_NAME})
  list(TRANSFORM S_DEPS PREPEND derms_)
  target_link_libraries(${S_NAME} PRIVATE ${S_DEPS} ${S_EXTERNAL})
endfunction()
