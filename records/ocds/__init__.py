"""What the reader of OCDS is made of: the shape of a release, its columns, their repair, our tables."""
