import { useState } from "react";
import type { ProductFieldsFragment } from "../../gql/graphql";
import { Cart, type CartItem } from "./Cart";
import { Products } from "./Products";

export function Shop() {
  const [items, setItems] = useState<CartItem[]>([]);

  function add(product: ProductFieldsFragment) {
    setItems((before) =>
      before.some((item) => item.product.id === product.id) ? before : [...before, { product, quantity: 1 }],
    );
  }

  return (
    <div className="shop">
      <Cart items={items} setItems={setItems} />
      <Products add={add} />
    </div>
  );
}
