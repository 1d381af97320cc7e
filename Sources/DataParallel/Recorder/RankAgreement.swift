/// What ranks do together beside sums; before a run they may take their time for it, such as for reading data.
enum RankAgreement: String {
  case agreement = "the agreement"
  case broadcast = "the broadcast"
  case exchange = "the exchange"
  case preparation = "the preparation of the sums"
}
