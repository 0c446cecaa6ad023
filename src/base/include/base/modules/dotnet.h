/* modules/dotnet.h - numbers of the fields of YARA's module dotnet; see base/module.h.
 *
 * One list a struct, of names and types: it gives the numbers here, DOTNET_CLASS_name and so on, and
 * the rows in src/base/modules/dotnet.c.  What the fields mean: src/match/modules/dotnet.c. */
#ifndef YM_BASE_MODULES_DOTNET_H
#define YM_BASE_MODULES_DOTNET_H

/* number_of_generic_parameters is YARA-X's and never set there either. */
#define YM_DOTNET_FIELDS(X)                                                                        \
    X(is_dotnet, ym_mod_int)                                                                       \
    X(version, ym_mod_text)                                                                        \
    X(module_name, ym_mod_text)                                                                    \
    X(streams, streams_type)                                                                       \
    X(number_of_streams, ym_mod_int)                                                               \
    X(guids, ym_mod_texts)                                                                         \
    X(number_of_guids, ym_mod_int)                                                                 \
    X(resources, resources_type)                                                                   \
    X(number_of_resources, ym_mod_int)                                                             \
    X(classes, classes_type)                                                                       \
    X(number_of_classes, ym_mod_int)                                                               \
    X(assembly_refs, assembly_refs_type)                                                           \
    X(number_of_assembly_refs, ym_mod_int)                                                         \
    X(assembly, assembly_type)                                                                     \
    X(modulerefs, ym_mod_texts)                                                                    \
    X(number_of_modulerefs, ym_mod_int)                                                            \
    X(user_strings, ym_mod_texts)                                                                  \
    X(number_of_user_strings, ym_mod_int)                                                          \
    X(typelib, ym_mod_text)                                                                        \
    X(constants, ym_mod_texts)                                                                     \
    X(number_of_constants, ym_mod_int)                                                             \
    X(field_offsets, ym_mod_ints)                                                                  \
    X(number_of_field_offsets, ym_mod_int)                                                         \
    X(number_of_generic_parameters, ym_mod_int)

#define YM_DOTNET_STREAM_FIELDS(X)                                                                 \
    X(name, ym_mod_text)                                                                           \
    X(offset, ym_mod_int)                                                                          \
    X(size, ym_mod_int)

#define YM_DOTNET_RESOURCE_FIELDS(X)                                                               \
    X(offset, ym_mod_int)                                                                          \
    X(length, ym_mod_int)                                                                          \
    X(name, ym_mod_text)

#define YM_DOTNET_VERSION_FIELDS(X)                                                                \
    X(major, ym_mod_int)                                                                           \
    X(minor, ym_mod_int)                                                                           \
    X(build_number, ym_mod_int)                                                                    \
    X(revision_number, ym_mod_int)

#define YM_DOTNET_ASSEMBLY_FIELDS(X)                                                               \
    X(version, version_type)                                                                       \
    X(name, ym_mod_text)                                                                           \
    X(culture, ym_mod_text)

#define YM_DOTNET_ASSEMBLY_REF_FIELDS(X)                                                           \
    X(version, version_type)                                                                       \
    X(public_key_or_token, ym_mod_text)                                                            \
    X(name, ym_mod_text)

#define YM_DOTNET_CLASS_FIELDS(X)                                                                  \
    X(fullname, ym_mod_text)                                                                       \
    X(name, ym_mod_text)                                                                           \
    X(namespace, ym_mod_text)                                                                      \
    X(visibility, ym_mod_text)                                                                     \
    X(type, ym_mod_text)                                                                           \
    X(abstract, ym_mod_int)                                                                        \
    X(sealed, ym_mod_int)                                                                          \
    X(number_of_generic_parameters, ym_mod_int)                                                    \
    X(generic_parameters, ym_mod_texts)                                                            \
    X(number_of_base_types, ym_mod_int)                                                            \
    X(base_types, ym_mod_texts)                                                                    \
    X(number_of_methods, ym_mod_int)                                                               \
    X(methods, methods_type)

#define YM_DOTNET_METHOD_FIELDS(X)                                                                 \
    X(name, ym_mod_text)                                                                           \
    X(visibility, ym_mod_text)                                                                     \
    X(static, ym_mod_int)                                                                          \
    X(virtual, ym_mod_int)                                                                         \
    X(final, ym_mod_int)                                                                           \
    X(abstract, ym_mod_int)                                                                        \
    X(return_type, ym_mod_text)                                                                    \
    X(number_of_generic_parameters, ym_mod_int)                                                    \
    X(generic_parameters, ym_mod_texts)                                                            \
    X(number_of_parameters, ym_mod_int)                                                            \
    X(parameters, parameters_type)

#define YM_DOTNET_PARAMETER_FIELDS(X)                                                              \
    X(name, ym_mod_text)                                                                           \
    X(type, ym_mod_text)

#define X(name, type) DOTNET_##name,
enum ym_dotnet_field { YM_DOTNET_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_STREAM_##name,
enum ym_dotnet_stream_field { YM_DOTNET_STREAM_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_RESOURCE_##name,
enum ym_dotnet_resource_field { YM_DOTNET_RESOURCE_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_VERSION_##name,
enum ym_dotnet_version_field { YM_DOTNET_VERSION_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_ASSEMBLY_##name,
enum ym_dotnet_assembly_field { YM_DOTNET_ASSEMBLY_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_ASSEMBLY_REF_##name,
enum ym_dotnet_assembly_ref_field { YM_DOTNET_ASSEMBLY_REF_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_CLASS_##name,
enum ym_dotnet_class_field { YM_DOTNET_CLASS_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_METHOD_##name,
enum ym_dotnet_method_field { YM_DOTNET_METHOD_FIELDS(X) };
#undef X
#define X(name, type) DOTNET_PARAMETER_##name,
enum ym_dotnet_parameter_field { YM_DOTNET_PARAMETER_FIELDS(X) };
#undef X

#endif
