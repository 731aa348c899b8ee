"""What the operator needs: to be told what is wrong, and that people are told when something went wrong."""
