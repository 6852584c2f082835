# The C++ half: target diptych::cpp, and what only cargo's build asks for.

set(diptych_list ${PROJECT_SOURCE_DIR}/cpp/build.list)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${diptych_list})
file(STRINGS ${diptych_list} diptych_lines REGEX "^[a-z]")
foreach(line IN LISTS diptych_lines)
  separate_arguments(words UNIX_COMMAND "${line}")
  list(POP_FRONT words key)
  if(key STREQUAL "standard")
    set(diptych_standard ${words})
  elseif(key STREQUAL "source")
    list(POP_FRONT words group)
    list(APPEND diptych_${group}_sources ${PROJECT_SOURCE_DIR}/${words})
  else()
    list(APPEND diptych_${key}_flags ${words})
  endif()
endforeach()
separate_arguments(diptych_given_flags UNIX_COMMAND "${DIPTYCH_CXXFLAGS}")
list(JOIN diptych_always_flags " " diptych_flags_text)
list(JOIN diptych_release_flags " " diptych_release_text)
string(JOIN " " diptych_given_text "" ${diptych_given_flags})

# Gives a target of ours the flags of the list. ARGN names further flags that it has.
function(diptych_compile target)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD ${diptych_standard} CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE
    ${diptych_always_flags} $<$<CONFIG:Release>:${diptych_release_flags}> ${diptych_given_flags})
  target_compile_definitions(${target} PRIVATE
    DPT_CHECKS=$<BOOL:${DIPTYCH_CHECKS}>
    DIPTYCH_ALLOCATOR_SECURE=$<BOOL:${DIPTYCH_SECURE}>
    "DIPTYCH_CXX_FLAGS=\"${diptych_flags_text} $<$<CONFIG:Release>:${diptych_release_text}>${diptych_given_text}${ARGN}\"")
  if(DIPTYCH_WARNINGS)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror)
  endif()
endfunction()

# The programs of this build too: what is instrumented has to be linked so.
if(DIPTYCH_SANITIZE)
  add_compile_options(-fsanitize=${DIPTYCH_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${DIPTYCH_SANITIZE})
endif()

add_library(diptych_cpp STATIC ${diptych_core_sources})
add_library(diptych::cpp ALIAS diptych_cpp)
set_target_properties(diptych_cpp PROPERTIES EXPORT_NAME cpp)
target_compile_features(diptych_cpp INTERFACE cxx_std_${diptych_standard})
target_compile_definitions(diptych_cpp INTERFACE DPT_USE_CPP)
target_include_directories(diptych_cpp PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cpp/include>
  $<INSTALL_INTERFACE:include>)
diptych_compile(diptych_cpp)

# The allocator under the C library's names: for LD_PRELOAD, or linked before the C library. It needs
# that library alone, so that it serves programs in any language: the C++ library is neither linked
# nor brought along, and what would need it (exceptions, types at run time) is switched off.
set(diptych_malloc_sources ${diptych_core_sources})
list(FILTER diptych_malloc_sources INCLUDE REGEX "/cpp/src/allocator/")
list(FILTER diptych_malloc_sources EXCLUDE REGEX "/faces\\.cpp$")
add_library(diptych_malloc_cpp SHARED ${diptych_malloc_sources} ${diptych_preload_sources})
add_library(diptych::malloc_cpp ALIAS diptych_malloc_cpp)
set_target_properties(diptych_malloc_cpp PROPERTIES
  EXPORT_NAME malloc_cpp LINKER_LANGUAGE C
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_include_directories(diptych_malloc_cpp PRIVATE ${PROJECT_SOURCE_DIR}/cpp/include)
target_compile_options(diptych_malloc_cpp PRIVATE -fno-exceptions -fno-rtti
  -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free)
target_link_libraries(diptych_malloc_cpp PRIVATE ${CMAKE_DL_LIBS})
target_link_options(diptych_malloc_cpp PRIVATE -static-libgcc -Wl,--gc-sections)
diptych_compile(diptych_malloc_cpp)

# The laboratory's client: headers alone.
add_library(diptych_lab INTERFACE)
add_library(diptych::lab ALIAS diptych_lab)
set_target_properties(diptych_lab PROPERTIES EXPORT_NAME lab)
target_compile_features(diptych_lab INTERFACE cxx_std_${diptych_standard})
target_link_libraries(diptych_lab INTERFACE ${CMAKE_DL_LIBS})
target_include_directories(diptych_lab INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lab/include>
  $<INSTALL_INTERFACE:include>)

# cargo's build script compiles cxx's generated code and the timed loops here as well, so that a
# touched file recompiles alone.
if(DEFINED DIPTYCH_BRIDGE_SOURCES)
  add_custom_target(diptych_for_cargo DEPENDS diptych_cpp)
  add_library(diptych_bridge STATIC EXCLUDE_FROM_ALL ${DIPTYCH_BRIDGE_SOURCES})
  target_include_directories(diptych_bridge PRIVATE
    ${DIPTYCH_BRIDGE_INCLUDE} ${PROJECT_SOURCE_DIR}/cpp ${DIPTYCH_LAB_INCLUDE})
  target_link_libraries(diptych_bridge PRIVATE diptych_cpp)
  diptych_compile(diptych_bridge)
  add_dependencies(diptych_for_cargo diptych_bridge)
  if(DIPTYCH_WORKLOADS)
    add_library(diptych_workloads STATIC EXCLUDE_FROM_ALL ${diptych_workloads_sources})
    target_include_directories(diptych_workloads PRIVATE
      ${PROJECT_SOURCE_DIR}/cpp ${DIPTYCH_LAB_INCLUDE})
    target_link_libraries(diptych_workloads PRIVATE diptych_cpp)
    string(JOIN " " diptych_timed_text "" ${diptych_timed_flags})
    diptych_compile(diptych_workloads "${diptych_timed_text}")
    target_compile_options(diptych_workloads PRIVATE ${diptych_timed_flags})
    add_dependencies(diptych_for_cargo diptych_workloads)
  endif()
endif()
