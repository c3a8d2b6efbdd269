// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/datafile/name_mapping.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// The table property that holds a name mapping.
inline constexpr std::string_view kNameMappingProperty = "schema.name-mapping.default";

/// Renders a mapping as that property holds it.
std::string NameMappingText(const NameMapping& mapping);

/// Adds the names that fields of `schema` have now, where no sibling is known by them: files may
/// have been written under any of a column's names.
NameMapping WithNamesOf(NameMapping mapping, const table::Schema& schema);

}  // namespace firn::datafile
