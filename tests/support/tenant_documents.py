"""Operations of superusers on what belongs to no tenant, or on all tenants."""

from tests.support.documents import CLOSE_TENANT, TENANT_FIELDS

REOPEN_TENANT = CLOSE_TENANT.replace("closeTenant", "reopenTenant")
TENANTS = f"""
query ($first: Int, $after: String, $where: TenantWhere, $orderBy: [TenantOrder!]) {{
  tenants(first: $first, after: $after, where: $where, orderBy: $orderBy) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {TENANT_FIELDS} }}
  }}
}}
"""
PERSISTED_DOCUMENTS = """
query ($first: Int, $after: String, $before: String, $last: Int, $where: PersistedDocumentWhere) {
  persistedDocuments(first: $first, after: $after, before: $before, last: $last, where: $where) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { documentId sha256 text createdAt }
  }
}
"""
