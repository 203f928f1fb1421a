import { type FormEvent, useState } from "react";
import { Results } from "./Results";

/** Full-text search in articles and documents. */
export function Search() {
  const [text, setText] = useState("");
  const [searched, setSearched] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    setSearched(text.trim());
  }

  return (
    <>
      <search>
        <form className="row" onSubmit={submit}>
          <label>
            Search in articles and documents
            <input type="search" maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
          </label>
          <button type="submit">Search</button>
        </form>
      </search>
      {searched && <Results key={searched} text={searched} />}
    </>
  );
}
