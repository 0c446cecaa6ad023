/* modules/dotnet.c - what YARA's module dotnet offers; see base/module.h. */
#include "base/modules/dotnet.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_dotnet_root;

#define X(field, of_type) {.name = #field, .type = &(of_type)},

static const struct ym_mod_field stream[] = {YM_DOTNET_STREAM_FIELDS(X)};
static const struct ym_mod_type stream_type = YM_MOD_STRUCT_OF(DOTNET, stream);
static const struct ym_mod_type streams_type = YM_MOD_ARRAY_OF(&stream_type);

static const struct ym_mod_field resource[] = {YM_DOTNET_RESOURCE_FIELDS(X)};
static const struct ym_mod_type resource_type = YM_MOD_STRUCT_OF(DOTNET, resource);
static const struct ym_mod_type resources_type = YM_MOD_ARRAY_OF(&resource_type);

static const struct ym_mod_field version[] = {YM_DOTNET_VERSION_FIELDS(X)};
static const struct ym_mod_type version_type = YM_MOD_STRUCT_OF(DOTNET, version);

static const struct ym_mod_field assembly[] = {YM_DOTNET_ASSEMBLY_FIELDS(X)};
static const struct ym_mod_type assembly_type = YM_MOD_STRUCT_OF(DOTNET, assembly);

static const struct ym_mod_field assembly_ref[] = {YM_DOTNET_ASSEMBLY_REF_FIELDS(X)};
static const struct ym_mod_type assembly_ref_type = YM_MOD_STRUCT_OF(DOTNET, assembly_ref);
static const struct ym_mod_type assembly_refs_type = YM_MOD_ARRAY_OF(&assembly_ref_type);

static const struct ym_mod_field parameter[] = {YM_DOTNET_PARAMETER_FIELDS(X)};
static const struct ym_mod_type parameter_type = YM_MOD_STRUCT_OF(DOTNET, parameter);
static const struct ym_mod_type parameters_type = YM_MOD_ARRAY_OF(&parameter_type);

static const struct ym_mod_field method[] = {YM_DOTNET_METHOD_FIELDS(X)};
static const struct ym_mod_type method_type = YM_MOD_STRUCT_OF(DOTNET, method);
static const struct ym_mod_type methods_type = YM_MOD_ARRAY_OF(&method_type);

static const struct ym_mod_field class[] = {YM_DOTNET_CLASS_FIELDS(X)};
static const struct ym_mod_type class_type = YM_MOD_STRUCT_OF(DOTNET, class);
static const struct ym_mod_type classes_type = YM_MOD_ARRAY_OF(&class_type);

static const struct ym_mod_field fields[] = {YM_DOTNET_FIELDS(X)};

const struct ym_mod_type ym_module_dotnet_root = YM_MOD_STRUCT_OF(DOTNET, fields);
