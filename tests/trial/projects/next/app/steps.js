"use client";
import { useEffect } from "react";
import { main } from "../page.js";

export function Steps({ fromServer }) {
  useEffect(() => {
    if (fromServer === 42) main();
  }, [fromServer]);
  return <p>{fromServer}</p>;
}
