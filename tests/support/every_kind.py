"""Arguments of `allotment add noun` with columns and relations of every kind."""

EVERY_KIND = [
    *("title:short_text(max_length=50,unique)", "nickname:short_text?", "notes:required_text", "remarks:text"),
    *("mail:email?", "code:slug(unique)", "status:choice(OPEN,IN_PROGRESS,DONE,index)"),
    *("size:choice(BIG,SMALL,default=SMALL)", "grade:required_choice(A,B)", "due:date", "closed_at:timestamp?"),
    *("begins_at:timestamp", "active:boolean", "hot:boolean(default=true)", "stock:integer(ge=5,le=1000,index)"),
    *("price:money(ge=0)?", "total:money(precision=14,scale=3)"),
    *("team:Team?/gizmo_jobs", "parent:GizmoJob?/children", "workers:[Worker]/gizmo_jobs"),
    "owner:Worker?/owned_jobs",
]
"""Those of the noun GizmoJob."""
