"""Operations on all tenants of the server."""

from tests.support.documents import CLOSE_TENANT, TENANT_FIELDS

REOPEN_TENANT = CLOSE_TENANT.replace("closeTenant", "reopenTenant")
TENANTS = f"""
query ($first: Int, $after: String, $where: TenantWhere, $orderBy: [TenantOrder!]) {{
  tenants(first: $first, after: $after, where: $where, orderBy: $orderBy) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {TENANT_FIELDS} }}
  }}
}}
"""
