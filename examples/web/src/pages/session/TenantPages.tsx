import { session } from "../../api/session";
import { useHash } from "../../components/useHash";
import type { MembershipsQuery } from "../../gql/graphql";
import { Audit } from "../audit/Audit";
import { BoardPage } from "../board/BoardPage";
import { Search } from "../search/Search";
import { Shop } from "../shop/Shop";

type Membership = NonNullable<MembershipsQuery["viewer"]>["memberships"]["nodes"][number];

interface Props {
  userName: string;
  membership: Membership;
  memberships: Membership[];
  choose: (slug: string) => void;
}

const BOARD = { hash: "#/board", title: "Board", Page: BoardPage, isForAdmins: false };
const PAGES = [
  BOARD,
  { hash: "#/shop", title: "Shop", Page: Shop, isForAdmins: false },
  { hash: "#/search", title: "Search", Page: Search, isForAdmins: false },
  { hash: "#/audit", title: "Audit", Page: Audit, isForAdmins: true },
];

/** The pages of a tenant, with the bar that leads to them. */
export function TenantPages({ userName, membership, memberships, choose }: Props) {
  const hash = useHash();
  const pages = PAGES.filter((page) => !page.isForAdmins || membership.role !== "MEMBER");
  const { Page, ...open } = pages.find((page) => page.hash === hash) ?? BOARD;
  return (
    <>
      <header>
        <nav aria-label="Pages">
          {pages.map((page) => (
            <a key={page.hash} href={page.hash} aria-current={page.hash === open.hash ? "page" : undefined}>
              {page.title}
            </a>
          ))}
        </nav>
        <select aria-label="Tenant" value={membership.tenant?.slug} onChange={(event) => choose(event.target.value)}>
          {memberships.map(({ tenant }) => (
            <option key={tenant?.slug} value={tenant?.slug}>
              {tenant?.name}
            </option>
          ))}
        </select>
        <span>{userName}</span>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <main>
        <h1>{open.title}</h1>
        <Page />
      </main>
    </>
  );
}

function signOut() {
  session.signOut().catch(() => alert("The server could not be reached. Sign in and out again to end the session."));
}
