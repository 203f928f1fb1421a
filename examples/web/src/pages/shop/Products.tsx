import { useQuery } from "urql";
import { ErrorMessage } from "../../components/ErrorMessage";
import { NextPage } from "../../components/NextPage";
import { type ProductFieldsFragment, ProductsDocument } from "../../gql/graphql";
import { formatMoney } from "./money";

interface Props {
  after?: string;
  add: (product: ProductFieldsFragment) => void;
}

/** A page of the products for sale, and those after it. */
export function Products({ after, add }: Props) {
  const [{ data, error }, reload] = useQuery({ query: ProductsDocument, variables: { after } });
  if (error) return <ErrorMessage error={error} retry={reload} />;
  if (!data?.products) return <p role="status">Loading…</p>;
  return (
    <section aria-label="Products">
      {!after && data.products.nodes.length === 0 && <p>Nothing is for sale yet.</p>}
      {data.products.nodes.map((product) => (
        <article key={product.id} aria-label={product.name}>
          <h2>{product.name}</h2>
          <p>{product.description}</p>
          <p className="row">
            {formatMoney(product.price)}, {product.stock} in stock
            <button type="button" onClick={() => add(product)}>
              Add to cart
            </button>
          </p>
        </article>
      ))}
      <NextPage pageInfo={data.products.pageInfo}>{(cursor) => <Products after={cursor} add={add} />}</NextPage>
    </section>
  );
}
